using PerCall.Inference.Redaction;
using PerCall.Testing.Redaction;
using Xunit;

namespace PerCall.Inference.Tests.Redaction;

/// <summary>The measurement of <c>bench redaction</c> over fewer texts, with the same thresholds.</summary>
public sealed class GeneratedTextTests
{
    private const int Texts = 20_000;
    private const double LeastRecall = 0.999;
    private const double LeastPrecision = 0.995;

    [Fact]
    public void Redact_GeneratedTexts_ReachesRecallAndPrecisionForEachKind()
    {
        var redactor = new Redactor();
        var score = new RedactionScore();
        foreach (var text in PersonalTexts.Generate(seed: 20261129, Texts))
        {
            score.Add(redactor, text);
        }

        Assert.All(redactor.Kinds, kind =>
        {
            var line = score.Of(kind);
            Assert.True(line.Values > 100, $"{kind} occurs {line.Values} times.");
            Assert.True(
                line.Recall >= LeastRecall && line.Precision >= LeastPrecision, $"{kind}: {line}\n{string.Join('\n', score.Faults)}");
        });
    }
}
