using System.Text.Json.Nodes;
using PerCall.Inference.Registry;
using PerCall.Inference.Text;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.Inference.Tests.Text;

public sealed class TextClassifierTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Classify_TextsOfAnyLength_EachHasTheScoresItHasAlone()
    {
        var random = new Random(1);
        var texts = Enumerable.Range(0, 256).Select(
            _ => string.Concat(Enumerable.Range(0, random.Next(0, 30)).Select(_ => (char)random.Next(33, 120)))).ToList();
        using var model = await LoadAsync(
            TextPackages.Tokens(new JsonObject { ["kind"] = "bytes", ["padding_id"] = 5 }, null, t => t["max_length"] = 20));

        var answer = await TextClassifier.ClassifyAsync(model, texts, 3, Cancellation);

        Assert.Equal(256, answer.Texts.Count);
        for (var i = 0; i < texts.Count; i++)
        {
            // The mask takes padding out, and an empty text is one padding that counts.
            var expected = TextPackages.Scores(texts[i].Length == 0 ? [5] : texts[i].Take(20).Select(c => (int)c));
            Assert.Equal(texts[i].Length > 20, answer.Texts[i].Truncated);
            Assert.All(answer.Texts[i].Predictions, p => Assert.Equal(expected[p.Label[0] - 'a'], p.Score, 1e-3f));
        }
    }

    [Fact]
    public async Task Classify_FixedBatchAndLength_IsFilledUp()
    {
        using var model = await LoadAsync(TextPackages.Ids("fixed.onnx", "int32", [2, 8], new JsonObject
        {
            ["tokenizer"] = new JsonObject { ["kind"] = "bytes" },
            ["max_length"] = 8,
            ["pad"] = "max_length",
            ["inputs"] = new JsonObject { ["ids"] = "ids" },
        }));

        var answer = await TextClassifier.ClassifyAsync(model, ["ab", "cde", "f"], 3, Cancellation);

        foreach (var (text, result) in new[] { "ab", "cde", "f" }.Zip(answer.Texts))
        {
            var expected = TextPackages.Scores(text.Select(c => (int)c));
            Assert.All(result.Predictions, p => Assert.Equal(expected[p.Label[0] - 'a'], p.Score, 1e-4f));
        }
    }

    [Fact]
    public async Task Classify_BytesAsUInt8_ReachTheGraph()
    {
        using var model = await LoadAsync(TextPackages.Ids("bytes.onnx", "uint8", [-1, -1], new JsonObject
        {
            ["tokenizer"] = new JsonObject { ["kind"] = "bytes" },
            ["max_length"] = 100,
            ["inputs"] = new JsonObject { ["ids"] = "ids" },
        }));

        var answer = await TextClassifier.ClassifyAsync(model, ["é\0"], 3, Cancellation);

        var expected = TextPackages.Scores([0xC3, 0xA9, 0]);
        Assert.All(answer.Texts[0].Predictions, p => Assert.Equal(expected[p.Label[0] - 'a'], p.Score, 1e-4f));
        Assert.Equal(3, answer.Texts[0].Tokens);
    }

    [Fact]
    public async Task Classify_GraphThatTakesStrings_GetsThemWholeAndNormalised()
    {
        using var model = await LoadAsync(TextPackages.Strings());

        var answer = await TextClassifier.ClassifyAsync(model, ["GOOD", "bad", "a\0B", "a", ""], 2, Cancellation);

        Assert.Equal([(1, 0), (0, 1), (1, 0), (0, 0), (0, 0)], answer.Texts.Select(t => (Score(t, "good"), Score(t, "bad"))));
    }

    [Fact]
    public async Task Classify_Sigmoid_NamesTheLabelsThatReachTheirThreshold()
    {
        var package = TextPackages.Tokens(new JsonObject { ["kind"] = "bytes" }, null);
        package.Manifest["output"] = new JsonObject
        {
            ["tensor"] = "scores",
            ["activation"] = "sigmoid",
            ["labels"] = "labels.txt",
            ["thresholds"] = new JsonArray(0.5, 0.99, 0.6)
        };
        using var model = await LoadAsync(package);

        // Byte 1 weighs 3/7, 4/7 and 5/7.
        var text = (await TextClassifier.ClassifyAsync(model, ["\u0001"], 1, Cancellation)).Texts[0];

        Assert.Equal(["c", "a"], text.Labels!);
        Assert.Equal(("c", 1 / (1 + MathF.Exp(-5 / 7f))), (text.Predictions.Single().Label, text.Predictions.Single().Score), new Near());
    }

    [Fact]
    public async Task Classify_Softmax_AddsUpToOneForEachText()
    {
        var package = TextPackages.Tokens(new JsonObject { ["kind"] = "bytes" }, null);
        package.Manifest["output"]!["activation"] = "softmax";
        using var model = await LoadAsync(package);

        var answer = await TextClassifier.ClassifyAsync(model, ["abc", "xyzxyz"], 3, Cancellation);

        Assert.All(answer.Texts, t =>
        {
            Assert.Equal(1, t.Predictions.Sum(p => p.Score), 1e-5f);
            Assert.Null(t.Labels);
        });
    }

    [Fact]
    public async Task Classify_ModelForImages_IsTheWrongTask()
    {
        var registry = Models.Registry(new FolderPackageStore(Repository.Models), _folder.File("cache"));
        using (registry)
        {
            using var lease = await registry.AcquireAsync("digits", Cancellation);

            var wrong = await Assert.ThrowsAsync<ModelNotFoundException>(
                async () => await TextClassifier.ClassifyAsync(lease.Model, ["a"], 1, Cancellation));

            Assert.Equal("wrong_task", wrong.Code);
            Assert.Contains("is for image-classification, not for text-classification", wrong.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Load_WrongNumberOfThresholds_ReportsBothNumbers()
    {
        var package = TextPackages.Tokens(new JsonObject { ["kind"] = "bytes" }, null);
        package.Manifest["output"]!["thresholds"] = new JsonArray(0.1, 0.2);

        var refused = await Assert.ThrowsAsync<ModelCorruptException>(() => LoadAsync(package));

        Assert.Contains("has 2 values; expected 1, or 3", refused.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static int Score(ClassifiedText text, string label) => (int)text.Predictions.Single(p => p.Label == label).Score;

    private Task<LoadedModel> LoadAsync(PackageBuilder package) => Models.LoadAsync(package, _folder.Path, Cancellation);

    private sealed class Near : IEqualityComparer<(string Label, float Score)>
    {
        public bool Equals((string Label, float Score) x, (string Label, float Score) y) =>
            x.Label == y.Label && Math.Abs(x.Score - y.Score) < 1e-5f;

        public int GetHashCode((string Label, float Score) obj) => 0;
    }
}
