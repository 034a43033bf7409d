using System.Text.Json.Nodes;
using PerCall.Inference.Images;
using PerCall.Inference.Publishing;
using PerCall.Inference.Registry;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.Inference.Tests.Text;

/// <summary>What a faulty text package gets: every fault by its place, and no publication.</summary>
public sealed class TextRefusalTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly PackageVerifier _verifier = new(
        new ModelLoader(new ModelRegistryOptions()), new GoldenCheck(new ImageClassifier(ImageClassifier.DefaultMaxPixels)));

    [Fact]
    public async Task Verify_GoodPackage_Passes() =>
        await _verifier.VerifyAsync(Good().WriteTo(_folder.Path), TestContext.Current.CancellationToken);

    [Fact]
    public async Task Verify_DifferentTokens_NamesTheFirstDifference() => await AssertFaultAsync(
        Good().Add("golden.jsonl", """{"text": "ab", "ids": [97, 99], "predictions": [{"label": "a", "score": 1}], "tolerance": 100}"""),
        "golden.jsonl, line 1", "id 1 of the text 'ab' is 98, expected 99 (2 ids, expected 2)");

    [Fact]
    public async Task Verify_FewerTokensThanExpected_NamesTheMissingId() => await AssertFaultAsync(
        Good().Add(
            "golden.jsonl", """{"text": "ab", "ids": [97, 98, 99], "predictions": [{"label": "a", "score": 1}], "tolerance": 100}"""),
        "golden.jsonl, line 1", "id 2 of the text 'ab' is missing, expected 99");

    [Fact]
    public async Task Verify_DifferentScore_IsReported() => await AssertFaultAsync(
        Good().Add("golden.jsonl", """{"text": "ab", "predictions": [{"label": "b", "score": 0.5}]}"""), "golden.jsonl, line 1",
        "is not reproduced for the text 'ab'");

    [Fact]
    public async Task Verify_IdsBeyondTheGraphsRows_AreTheGraphsFailure()
    {
        var package = Good();
        package.Manifest["text"]!["tokenizer"]!["offset"] = 390;
        package.Add("golden.jsonl", """{"text": "z", "predictions": [{"label": "a", "score": 0}]}""");
        await AssertFaultAsync(package, "golden.jsonl, line 1", "makes the graph fail");
    }

    [Fact]
    public async Task Verify_OneValuePerPlace_IsNoClassifier() => await AssertFaultAsync(
        TextPackages.Ids("perplace.onnx", "int64", [-1, -1], new JsonObject
        {
            ["tokenizer"] = new JsonObject { ["kind"] = "bytes" },
            ["max_length"] = 8,
            ["inputs"] = new JsonObject { ["ids"] = "ids" },
        }).Add("golden.jsonl", "{}").With(
            "outputs", new JsonArray(new JsonObject { ["name"] = "scores", ["type"] = "float32", ["shape"] = new JsonArray(-1, -1, 3) })),
        "output.tensor", "one value per label and text");

    [Fact]
    public async Task Verify_WrongOpset_IsTold() =>
        await AssertFaultAsync(Good().With("opset", 17), "opset", "is 17, but the graph imports 13");

    [Theory]
    [InlineData("""{"max_length": 0}""", "text.max_length", "1 to 1048576")]
    [InlineData(
        """{"max_length": 2, "tokenizer": {"kind": "words", "vocabulary": "labels.txt", "unknown": "a", "padding": "b", "start": "a", "end": "b"}}""", "text.max_length", "no room for text after 2")]
    [InlineData("""{"truncate": "ends"}""", "text.truncate", "pad max_length")]
    [InlineData("""{"tokenizer": {"kind": "words"}}""", "text.tokenizer.vocabulary", "it is required for words")]
    [InlineData("""{"tokenizer": {"kind": "bpe", "vocabulary": "labels.txt"}}""", "text.tokenizer.merges", "it is required for bpe")]
    [InlineData("""{"tokenizer": {"kind": "bytes", "unknown": "x"}}""", "text.tokenizer.unknown", "is not allowed for bytes")]
    [InlineData(
        """{"tokenizer": {"kind": "words", "vocabulary": "gone.txt", "unknown": "a", "padding": "b"}}""", "text.tokenizer.vocabulary",
        "'gone.txt', which is not listed in files")]
    [InlineData(
        """{"inputs": {"ids": "ids", "attention_mask": "attention_mask"}}""", "text.inputs",
        "does not assign the input tensor 'token_types'")]
    [InlineData(
        """{"inputs": {"ids": "nothing", "attention_mask": "attention_mask", "token_types": "token_types"}}""", "text.inputs.ids",
        "which is not described in inputs")]
    [InlineData(
        """{"inputs": {"text": "ids", "attention_mask": "attention_mask", "token_types": "token_types"}}""", "text.inputs",
        "and 'ids' otherwise")]
    public async Task Verify_ContradictoryRules_NamesTheirPlace(string change, string where, string problem)
    {
        var package = Good();
        foreach (var (name, value) in JsonNode.Parse(change)!.AsObject())
        {
            package.Manifest["text"]![name] = value!.DeepClone();
        }

        await AssertFaultAsync(package, where, problem);
    }

    [Theory]
    [InlineData("unit", "\"image\"", "unit", "allowed for text-classification: 1k_characters")]
    [InlineData("image", """{"resize": "cover", "color": "rgb"}""", "image", "is not allowed for text-classification")]
    [InlineData("text", "null", "text", "is missing")]
    [InlineData(
        "output", """{"tensor": "scores", "activation": "softmax", "labels": "labels.txt", "thresholds": [0.5]}""", "output.thresholds",
        "is not allowed with softmax")]
    public async Task Verify_SectionsOfAnotherTask_AreRefused(string member, string value, string where, string problem) =>
        await AssertFaultAsync(Good().With(member, JsonNode.Parse(value)), where, problem);

    public void Dispose() => _folder.Dispose();

    private static PackageBuilder Good() => TextPackages.Tokens(new JsonObject { ["kind"] = "bytes" }, null)
        .Add(
            "golden.jsonl",
            """{"text": "\u0001", "ids": [1], "predictions": [{"label": "c", "score": 0.7143}, {"label": "b", "score": 0.5714}]}""");

    private async Task AssertFaultAsync(PackageBuilder package, string where, string problem)
    {
        var refused = await Assert.ThrowsAsync<PackageRefusedException>(
            () => _verifier.VerifyAsync(package.WriteTo(_folder.Path), TestContext.Current.CancellationToken));

        Assert.Contains(refused.Faults, f => f.Where == where && f.Problem.Contains(problem, StringComparison.Ordinal));
    }
}
