using System.Text;
using PerCall.Functions.Journal;
using Xunit;

namespace PerCall.Functions.Tests.Journal;

public sealed class JournalLineTests
{
    private static readonly UsageEvent Full = new()
    {
        Id = "0193f\"ä\n",
        Time = new DateTimeOffset(2026, 11, 24, 2, 3, 4, TimeSpan.FromHours(2)).AddTicks(1234567),
        Account = "a0",
        Key = "k1",
        Operation = "text.classify",
        Model = "sentiment",
        ModelVersion = "2",
        Units = -9_007_199_254_740_993,
        FreeUnits = -3,
        Price = new("text.classify", "*", "1k_characters", 17, 1_000_000),
        Plan = "basic",
        PlanVersion = 12,
        Currency = "EUR",
        Charge = long.MinValue,
        Lease = long.MaxValue,
        Voids = "0193e",
    };

    [Fact]
    public void Event_WrittenAndRead_IsTheSame()
    {
        var bytes = JournalLine.From(Full, "g1").ToBytes();

        Assert.Equal(Full, JournalLine.Parse(bytes.AsSpan(..^1)).ToEvent());
        Assert.Equal(bytes.Length - 1, bytes.AsSpan().IndexOf((byte)'\n'));
    }

    [Fact]
    public void Event_Written_IsACloudEvent()
    {
        var usage = Full with
        {
            Id = "7",
            Voids = null,
            Units = 2,
            FreeUnits = 1,
            Charge = 1,
            Lease = 4,
            Time = new(
            2026, 11, 24, 2, 3, 4, TimeSpan.Zero)
        };

        var text = Encoding.UTF8.GetString(JournalLine.From(usage, "g1").ToBytes());

        Assert.Equal(
            """
            {"specversion":"1.0","id":"7","source":"percall/g1","type":"percall.usage","subject":"a0","time":"2026-11-24T02:03:04+00:00","data":{"key":"k1","operation":"text.classify","model":"sentiment","model_version":"2","unit":"1k_characters","units":2,"free_units":1,"price":{"micros":17,"per":1000000,"operation":"text.classify","model":"*"},"plan":"basic","plan_version":12,"currency":"EUR","charge":1,"lease":4}}

            """.ReplaceLineEndings("\n"),
            text);
    }
}
