using System.Text.Json.Nodes;
using PerCall.Inference.Outputs;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Registry;
using PerCall.Inference.Text;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.Inference.Tests.Text;

/// <summary>Pairs of texts: their sequence, and zero-shot classification with them.</summary>
public sealed class PairTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Encode_Pair_HasTheFormOfBert()
    {
        var encoded = TextPackages.Plan(Package(16), _folder.Path).Encode("the cat", "the");

        // [CLS] the cat [SEP] the [SEP]
        Assert.Equal([2, 4, 5, 3, 4, 3], encoded.Ids);
        Assert.Equal((4, false, 6), (encoded.Second, encoded.Truncated, encoded.Tokens));
    }

    [Theory]
    [InlineData("the the the the the the", "cat", 4, 1)]
    [InlineData("the", "cat cat cat cat cat cat", 1, 4)]
    [InlineData("the the the the", "cat cat cat cat", 3, 2)]
    public void Encode_PairThatIsTooLong_CutsTheLongerOne(string first, string second, int kept, int rest)
    {
        var encoded = TextPackages.Plan(Package(8), _folder.Path).Encode(first, second);

        Assert.Equal([2, .. Enumerable.Repeat(4, kept), 3, .. Enumerable.Repeat(5, rest), 3], encoded.Ids);
        Assert.True(encoded.Truncated);
    }

    [Fact]
    public async Task Run_SingleTextOfAModelOfPairs_IsRefusedByName()
    {
        using var model = await Models.LoadAsync(Package(16), _folder.Path, Cancellation);

        var run = await ModelRunner.RunAsync(model, [new Passage("the")], new(), Cancellation);

        Assert.Equal("pair_expected", Assert.IsType<InvalidInputException>(run.Rows[0].Fault).Code);
    }

    [Fact]
    public async Task Run_Pair_GivesTheSecondTextItsTokenType()
    {
        using var model = await Models.LoadAsync(Package(16), _folder.Path, Cancellation);

        var run = await ModelRunner.RunAsync(model, [new Passage("the cat", "the")], new() { TopK = 3 }, Cancellation);

        // The graph adds 100 for each token of type 1: the second text and the last separator.
        var ids = ((EncodedText)model.Text!.Encode(new Passage("the cat", "the"))).Ids;
        var expected = TextPackages.Scores(ids);
        Assert.All(
            ((LabelsOutput)run.Rows[0].Require()).Predictions, p => Assert.Equal(expected["abc".IndexOf(p.Label, StringComparison.Ordinal)] + 200, p.Score, 1e-2f));
    }

    [Fact]
    public async Task Classify_CandidateLabels_ComparesEachSentence()
    {
        using var model = await LoadNliAsync();
        var candidates = new CandidateLabels(["cat", "the"], "{}", Independent: false);

        var answer = await ZeroShot.ClassifyAsync(model, ["the cat"], candidates, 5, Cancellation);

        // The model's own values for entailment, over the labels (softmax).
        float[] logits = [.. candidates.Hypotheses.Select(h => EntailmentOf(model, "the cat", h))];
        var sum = logits.Sum(l => MathF.Exp(l - logits.Max()));
        Assert.Equal(1, answer.Texts[0].Predictions.Sum(p => p.Score), 1e-5f);
        Assert.All(
            answer.Texts[0].Predictions,
            p => Assert.Equal(MathF.Exp(logits[p.Label == "cat" ? 0 : 1] - logits.Max()) / sum, p.Score, 1e-4f));
    }

    [Fact]
    public async Task Classify_IndependentLabels_EachIsBetweenEntailmentAndContradiction()
    {
        using var model = await LoadNliAsync();
        var together = await ZeroShot.ClassifyAsync(model, ["the cat"], new(["cat", "the"], "{}", true), 5, Cancellation);
        var alone = await ZeroShot.ClassifyAsync(model, ["the cat"], new(["cat"], "{}", true), 5, Cancellation);

        Assert.Equal(alone.Texts[0].Predictions[0].Score, together.Texts[0].Predictions.Single(p => p.Label == "cat").Score, 1e-5f);
    }

    [Fact]
    public async Task Classify_ModelOfSingleTexts_SaysWhatIsNeeded()
    {
        using var model = await Models.LoadAsync(
            TextPackages.Tokens(TextPackages.WordPiece(), "wordpiece.txt"), _folder.Path, Cancellation);

        var refused = await Assert.ThrowsAsync<InvalidInputException>(
            () => ZeroShot.ClassifyAsync(model, ["the"], new(["a"], "{}", false), 1, Cancellation).AsTask());

        Assert.Equal(("not_zero_shot", "candidate_labels"), (refused.Code, refused.Param));
    }

    public void Dispose() => _folder.Dispose();

    private static float EntailmentOf(LoadedModel model, string text, string hypothesis)
    {
        var run = ModelRunner.Run(model, [new Passage(text, hypothesis)], new() { TopK = 3, Raw = true }, Cancellation);
        return ((LabelsOutput)run.Rows[0].Require()).Predictions.Single(p => p.Label == "entailment").Score;
    }

    private Task<LoadedModel> LoadNliAsync() => Models.LoadAsync(
        Package(16).Add("labels.txt", "contradiction\nneutral\nentailment"), _folder.Path, Cancellation);

    private static PackageBuilder Package(int length) => TextPackages.Tokens(
        new JsonObject
        {
            ["kind"] = "words",
            ["vocabulary"] = "vocabulary",
            ["unknown"] = "[UNK]",
            ["padding"] = "[PAD]",
            ["start"] = "[CLS]",
            ["end"] = "[SEP]",
        },
        null,
        t =>
        {
            t["max_length"] = length;
            t["pair"] = new JsonObject { ["separator"] = new JsonArray("[SEP]") };
        }).Add("vocabulary", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\ncat");

}
