using PerCall.Functions.Requests;
using PerCall.Functions.Text;
using Xunit;

namespace PerCall.Functions.Tests.Text;

public sealed class CandidateReaderTests
{
    [Fact]
    public void Read_LabelsAlone_HaveTheDefaultSentence()
    {
        var candidates = CandidateReader.Read(["sport", "money"], null, null)!;

        Assert.Equal(["This example is sport.", "This example is money."], candidates.Hypotheses);
        // Each text is read with each sentence.
        Assert.Equal((2 * 10) + 22 + 22, CandidateReader.Characters(candidates, ["0123456789"], 10));
    }

    [Theory]
    [InlineData("", null, "invalid_candidate_labels", "candidate_labels")]
    [InlineData("a,a", null, "invalid_candidate_labels", "candidate_labels")]
    [InlineData("a", "no place", "invalid_hypothesis_template", "hypothesis_template")]
    [InlineData("a", "{} and {}", "invalid_hypothesis_template", "hypothesis_template")]
    [InlineData(null, "{}", "missing_candidate_labels", "candidate_labels")]
    public void Read_MemberThatIsWrong_IsRefusedByName(string? labels, string? template, string code, string param)
    {
        var refused = Assert.Throws<RefusedException>(
            () => CandidateReader.Read(labels?.Split(',', StringSplitOptions.RemoveEmptyEntries), template, null));

        Assert.Equal((code, param), (refused.Code, refused.Param));
    }

    [Fact]
    public void Characters_TooManyPairs_AreRefused()
    {
        var candidates = CandidateReader.Read([.. Enumerable.Range(0, 100).Select(i => $"label {i}")], null, true)!;
        string[] texts = [.. Enumerable.Repeat("a", 11)];

        var refused = Assert.Throws<RefusedException>(() => CandidateReader.Characters(candidates, texts, 11));

        Assert.Equal("too_many_pairs", refused.Code);
        Assert.Contains("1100 pairs; allowed: 1024", refused.Message, StringComparison.Ordinal);
    }
}
