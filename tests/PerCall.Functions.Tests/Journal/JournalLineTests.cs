using System.Text;
using PerCall.Functions.Journal;
using PerCall.Functions.Storage.Formats;
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
        Of = "0193d",
        Basis = UsageEvent.Counted,
        Cost = -5,
    };

    /// <summary>A line from before lines had the number of a format, and calls more than one unit.</summary>
    private const string OldLine =
        """
        {"specversion":"1.0","id":"7","source":"percall/g1","type":"percall.usage","subject":"a0","time":"2026-11-24T02:03:04+00:00","data":{"key":"k1","operation":"text.classify","model":"sentiment","model_version":"2","unit":"1k_characters","units":2,"free_units":1,"price":{"micros":17,"per":1000000,"operation":"text.classify","model":"*"},"plan":"basic","plan_version":12,"currency":"EUR","charge":1,"lease":4}}
        """;

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
            Of = null,
            Basis = null,
            Cost = null,
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
            {"specversion":"1.0","format":1,"id":"7","source":"percall/g1","type":"percall.usage","subject":"a0","time":"2026-11-24T02:03:04+00:00","data":{"key":"k1","operation":"text.classify","model":"sentiment","model_version":"2","unit":"1k_characters","units":2,"free_units":1,"price":{"micros":17,"per":1000000,"operation":"text.classify","model":"*"},"plan":"basic","plan_version":12,"currency":"EUR","charge":1,"lease":4}}

            """.ReplaceLineEndings("\n"),
            text);
    }

    [Fact]
    public void Line_WithoutANumber_IsReadAndWrittenWithOne()
    {
        var usage = JournalLine.Parse(Encoding.UTF8.GetBytes(OldLine)).ToEvent();

        Assert.Equal((null, null, null, null), (usage.Of, usage.Basis, usage.Cost, usage.Voids));
        Assert.Equal(("7", 2, 1, 1), (usage.Id, usage.Units, usage.FreeUnits, usage.Charge));
        Assert.Equal(
            OldLine.Replace("\"id\"", "\"format\":1,\"id\"", StringComparison.Ordinal) + "\n",
            Encoding.UTF8.GetString(JournalLine.From(usage, "g1").ToBytes()));
    }

    [Fact]
    public void Line_OfANewerFormat_IsNotRead()
    {
        var line = OldLine.Replace("\"id\"", $"\"format\":{StorageFormat.Newest + 1},\"id\"", StringComparison.Ordinal);

        Assert.Throws<StorageFormatException>(() => JournalLine.Parse(Encoding.UTF8.GetBytes(line)));
    }

    [Fact]
    public void Event_OfSeveralInOneCall_NamesTheFirst()
    {
        var correction = JournalLine.Parse(Encoding.UTF8.GetBytes(OldLine)).ToEvent() with
        {
            Id = "7-3",
            Of = "7",
            Units = -2,
            FreeUnits = 0,
            Charge = -1,
            Basis = UsageEvent.Reported,
            Cost = 12,
        };

        var text = Encoding.UTF8.GetString(JournalLine.From(correction, "g1").ToBytes());

        Assert.StartsWith(
            """{"specversion":"1.0","format":1,"id":"7-3","source":"percall/g1","type":"percall.usage",""", text, StringComparison.Ordinal);
        Assert.EndsWith(""","charge":-1,"lease":4,"of":"7","basis":"reported","cost":12}}""" + "\n", text, StringComparison.Ordinal);
    }
}
