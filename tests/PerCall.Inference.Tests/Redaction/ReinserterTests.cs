using System.Text;
using System.Text.Json;
using PerCall.Inference.Redaction;
using PerCall.Testing.Redaction;
using Xunit;

namespace PerCall.Inference.Tests.Redaction;

public sealed class ReinserterTests
{
    private static readonly Redactor Redactor = new();

    [Fact]
    public void Push_PlaceholderInPieces_HoldsBackOnlyItsBeginning()
    {
        Redactor.Redact("a@x.de", out var map);
        var reinserter = map.Reinserter();

        Assert.Equal("To ", reinserter.Push("To "));
        Assert.Equal("", reinserter.Push("["));
        Assert.Equal("", reinserter.Push("EMAIL_"));
        Assert.Equal(7, reinserter.Held);
        Assert.Equal("", reinserter.Push("1"));
        Assert.Equal("a@x.de!", reinserter.Push("]!"));
        Assert.Equal("[EMAIL_2] [x", reinserter.Push("[EMAIL_2] [x"));
        Assert.Equal("[[a@x.de", reinserter.Push("[[[EMAIL_1]"));
        Assert.Equal("", reinserter.Push("[EMA"));
        Assert.Equal("[EMA", reinserter.Flush());
        Assert.Equal("", reinserter.Flush());
    }

    [Fact]
    public void Push_RandomChunks_GivesTheWholeTextAndHoldsLittle()
    {
        foreach (var trial in ChunkTrial.Draw(Redactor, seed: 7, count: 20_000))
        {
            Assert.True(trial.IsWhole && trial.MaxHeld < ChunkTrial.MaxPlaceholder, trial.ToString());
        }
    }

    [Fact]
    public void Push_ValueThatLooksLikeAPlaceholder_IsNotReplacedAgain()
    {
        Redactor.Redact("password=[EMAIL_1]x9\" a@x.de", out var map);

        Assert.DoesNotContain("a@x.de", map.Reinsert("[SECRET_1]"), StringComparison.Ordinal);
    }

    [Fact]
    public void JsonReinserter_ValueWithQuotesAndLines_StaysJson()
    {
        const string Key = "-----BEGIN PRIVATE KEY-----\nMIIB\"\\\u0001é\n-----END PRIVATE KEY-----";
        var redacted = Redactor.Redact(Key, out var map);
        var reinserter = map.JsonReinserter();
        var sent = new StringBuilder();
        foreach (var c in $$"""{"key": "{{redacted.Text}}", "n": 1}""")
        {
            sent.Append(reinserter.Push(c.ToString()));
        }

        sent.Append(reinserter.Flush());
        Assert.Equal(Key, JsonDocument.Parse(sent.ToString()).RootElement.GetProperty("key").GetString());
        Assert.Equal(sent.ToString(), map.ReinsertJson($$"""{"key": "{{redacted.Text}}", "n": 1}"""));
    }
}
