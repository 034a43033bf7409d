using System.Globalization;
using System.Text.Json.Nodes;
using PerCall.Client.Wire;
using PerCall.EndToEnd.Charging;
using PerCall.Testing;
using PerCall.Testing.Packages;
using SkiaSharp;
using Xunit;

namespace PerCall.EndToEnd.HuggingFace;

/// <summary>
/// Hugging Face's own client for Node.js, unchanged, on every task: it gets the answers of the native calls at their price.
/// </summary>
public sealed class HuggingFaceClientTests(Service service)
{
    private const long TextPrice = 5;
    private const long ImagePrice = 7;
    private const long RowPrice = 3;

    private static readonly PutPlanRequest Plan = new()
    {
        Currency = "EUR",
        Prices =
        [
            new("*", "*", "1k_characters", TextPrice), new("*", "*", "image", ImagePrice), new("*", "*", "row", RowPrice),
            new("*", "*", "input", 2),
        ],
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TextClassification_AtEveryAddress_GivesTheLabelsOfTheNativeCall()
    {
        using var tenant = await TestTenant.CreateAsync(service, Plan);
        const string Text = "You have WON, click now";
        var native = await service.Client.ClassifyTextAsync([Text], "spam", cancellation: Cancellation);
        string[] paths =
        [
            "models/spam", "models/spam/1", "models/spam/production", "models/spam/pipeline/text-classification",
            "models/spam/1/pipeline/text-classification", "pipeline/text-classification/spam", "pipeline/text-classification/spam/1",
        ];

        var answers = await AnswersAsync(
            tenant,
            [
                .. paths.Select(p => HuggingFaceClient.Call("textClassification", p, $$"""{"inputs": "{{Text}}"}""")),
                HuggingFaceClient.Call(
                    "textClassification", paths[0],
                    $$$"""{"inputs": "{{{Text}}}", "parameters": {"top_k": 1, "function_to_apply": "softmax"}}"""),
            ]);

        Assert.All(answers.SkipLast(1), a => Assert.Equal(Labels(native.Results[0].Predictions), Labels(a)));
        Assert.Equal(Labels([native.Results[0].Predictions[0]]), Labels(answers[^1]));
        Assert.Equal((8, 8 * TextPrice), await tenant.UsedAsync(Cancellation));
        Assert.Equal(["text.classify"], await OperationsAsync(tenant));
    }

    [Fact]
    public async Task ZeroShotClassification_OfATextAndOfAList_ChoosesAmongTheLabels()
    {
        var example = Examples("matching")[0];
        var package = Sample("matching").With("name", "hf-entails").With("task", "text-classification")
            .With("output", new JsonObject { ["tensor"] = "score", ["activation"] = "none", ["labels"] = "labels.txt" })
            .Add("labels.txt", "entailment")
            .Add("golden.jsonl", new JsonObject
            {
                ["text"] = (string)example["text"]!,
                ["pair"] = (string)example["pair"]!,
                ["predictions"] = new JsonArray(new JsonObject { ["label"] = "entailment", ["score"] = 0 }),
                ["tolerance"] = 100,
            }.ToJsonString());
        await PublishAsync(package);
        using var tenant = await TestTenant.CreateAsync(service, Plan);
        string[] labels = [(string)Examples("matching")[1]["pair"]!, (string)example["pair"]!];
        var args = new JsonObject
        {
            ["inputs"] = (string)example["text"]!,
            ["parameters"] = new JsonObject
            {
                ["candidate_labels"] = new JsonArray(labels[0], labels[1]),
                ["hypothesis_template"] = "{}",
            },
        };

        var answers = await AnswersAsync(
            tenant,
            HuggingFaceClient.Call("zeroShotClassification", "models/hf-entails", args.ToJsonString()),
            HuggingFaceClient.Call("zeroShotClassification", "pipeline/zero-shot-classification/hf-entails", args.ToJsonString()));

        var native = await tenant.Client.ClassifyTextAsync(
            [(string)example["text"]!], labels, "hf-entails", template: "{}", cancellation: Cancellation);
        Assert.Equal(labels[1], native.Results[0].Predictions[0].Label);
        Assert.All(answers, a => Assert.Equal(Labels(native.Results[0].Predictions), Labels(a)));
        Assert.Equal((3, 3 * TextPrice), await tenant.UsedAsync(Cancellation));
    }

    [Fact]
    public async Task TokenClassification_OfSentences_GivesGroupsInCharacters()
    {
        await PublishAsync("contacts");
        using var tenant = await TestTenant.CreateAsync(service, Plan);
        var examples = Examples("contacts");
        Assert.Contains(examples, e => ((string)e["text"]!).StartsWith("😀", StringComparison.Ordinal));

        var answers = await AnswersAsync(
            tenant,
            [
                .. examples.Select(e => HuggingFaceClient.Call(
                    "tokenClassification", "models/hf-contacts", new JsonObject { ["inputs"] = (string)e["text"]! }.ToJsonString())),
                HuggingFaceClient.Call(
                    "tokenClassification", "pipeline/token-classification/hf-contacts",
                    """
                    {"inputs": "Call Ana in Oslo before 12 March.",
                     "parameters": {"aggregation_strategy": "simple", "ignore_labels": ["city"]}}
                    """),
            ]);

        foreach (var (example, answer) in examples.Zip(answers))
        {
            var text = (string)example["text"]!;
            // The client's places count characters, those of the examples UTF-16 units.
            Assert.Equal(
                example["entities"]!.AsArray().Select(e =>
                {
                    var (start, end) = ((int)e!["start"]!, (int)e["end"]!);
                    return $"{e["label"]} {text[start..end]} {Runes(text[..start])} {Runes(text[..end])}";
                }),
                answer.AsArray().Select(e => $"{e!["entity_group"]} {e["word"]} {e["start"]} {e["end"]}"));
            Assert.All(answer.AsArray(), e => Assert.InRange((float)e!["score"]!, 0.3f, 1));
        }

        Assert.Equal(["name", "date"], answers[^1].AsArray().Select(e => (string?)e!["entity_group"]));
        Assert.Equal(["text.tokens"], await OperationsAsync(tenant));
    }

    [Fact]
    public async Task FeatureExtraction_OfATextAndOfAList_GivesTheVectorsOfTheExamples()
    {
        await PublishAsync("phrases");
        using var tenant = await TestTenant.CreateAsync(service, Plan);
        var examples = Examples("phrases");
        string[] texts = [.. examples.Select(e => (string)e["text"]!)];
        var list = new JsonArray([.. texts.Select(t => (JsonNode?)JsonValue.Create(t))]);

        var answers = await AnswersAsync(
            tenant,
            HuggingFaceClient.Call("featureExtraction", "models/hf-phrases", new JsonObject { ["inputs"] = texts[0] }.ToJsonString()),
            HuggingFaceClient.Call(
                "featureExtraction", "models/hf-phrases/pipeline/feature-extraction",
                new JsonObject { ["inputs"] = list, ["normalize"] = true, ["truncate"] = true }.ToJsonString()),
            HuggingFaceClient.Call(
                "featureExtraction", "models/hf-phrases",
                new JsonObject { ["inputs"] = texts[0], ["dimensions"] = 32, ["encoding_format"] = "float" }.ToJsonString()));

        AssertVector(examples[0], answers[0]);
        Assert.Equal(examples.Count, answers[1].AsArray().Count);
        Assert.All(examples.Zip(answers[1].AsArray()), p => AssertVector(p.First, p.Second!));
        Assert.Equal(32, answers[2].AsArray().Count);
        Assert.Equal((3, 3 * TextPrice), await tenant.UsedAsync(Cancellation));
        Assert.Equal(["embeddings"], await OperationsAsync(tenant));
    }

    [Fact]
    public async Task SentenceSimilarity_ByVectorsAndByARanker_GivesAScoreForEachSentence()
    {
        await PublishAsync("phrases", "hf-similar");
        await PublishAsync("matching");
        using var tenant = await TestTenant.CreateAsync(service, Plan);
        var query = (string)Examples("matching")[0]["text"]!;
        string[] passages = [.. Examples("matching").Where(e => (string)e["text"]! == query).Select(e => (string)e["pair"]!)];
        var args = new JsonObject
        {
            ["inputs"] = new JsonObject
            {
                ["source_sentence"] = query,
                ["sentences"] = new JsonArray([.. passages.Select(p => (JsonNode?)JsonValue.Create(p))]),
            },
        }.ToJsonString();

        var answers = await AnswersAsync(
            tenant,
            HuggingFaceClient.Call("sentenceSimilarity", "models/hf-similar", args),
            HuggingFaceClient.Call("sentenceSimilarity", "pipeline/sentence-similarity/hf-similar", args),
            HuggingFaceClient.Call("sentenceSimilarity", "models/hf-matching", args),
            HuggingFaceClient.Call("sentenceSimilarity", "pipeline/text-ranking/hf-matching", args));

        var vectors = (await tenant.Client.EmbedAsync([query, .. passages], "hf-similar", cancellation: Cancellation)).Data
            .Select(d => d.Embedding.Values).ToList();
        // The vectors have the length 1.
        var cosines = vectors.Skip(1).Select(v => v.Zip(vectors[0], (a, b) => a * b).Sum()).ToList();
        Assert.All(answers.Take(2), a => Assert.All(cosines.Zip(a.AsArray()), p => Assert.Equal(p.First, (float)p.Second!, 1e-4f)));
        var ranked = (await tenant.Client.RerankAsync(query, passages, "hf-matching", cancellation: Cancellation)).Results
            .OrderBy(r => r.Index).Select(r => r.RelevanceScore).ToList();
        Assert.InRange(ranked.Count, 2, 100);
        Assert.All(answers.Skip(2), a => Assert.Equal(ranked, a.AsArray().Select(s => (float)s!)));
        Assert.Equal(["embeddings", "rerank"], await OperationsAsync(tenant));
    }

    [Theory]
    [InlineData("fashion", "bag.png")]
    [InlineData("digits", "digit-7.png")]
    public async Task ImageClassification_InEveryFormOfTheClient_GivesTheLabelsOfTheNativeCall(string model, string picture)
    {
        using var tenant = await TestTenant.CreateAsync(service, Plan);
        var file = Service.Sample(model, picture);
        var native = await service.Client.ClassifyImageAsync(
            await File.ReadAllBytesAsync(file, Cancellation), model, cancellation: Cancellation);

        var answers = await AnswersAsync(
            tenant,
            HuggingFaceClient.Picture("imageClassification", $"models/{model}", file),
            HuggingFaceClient.Picture("imageClassification", $"models/{model}/1", file, "bytes"),
            HuggingFaceClient.Picture("imageClassification", $"pipeline/image-classification/{model}", file, "data"));

        Assert.All(answers, a => Assert.Equal(Labels(native.Predictions), Labels(a)));
        Assert.Equal((3, 3 * ImagePrice), await tenant.UsedAsync(Cancellation));
        Assert.Equal(["images.classify"], await OperationsAsync(tenant));
    }

    [Fact]
    public async Task ObjectDetection_OfEachPicture_GivesTheBoxesOfTheExamplesInWholePixels()
    {
        await PublishAsync("shapes");
        using var tenant = await TestTenant.CreateAsync(service, Plan);
        var examples = Examples("shapes");

        var answers = await AnswersAsync(
            tenant,
            [.. examples.Select(e => HuggingFaceClient.Picture("objectDetection", "models/hf-shapes", FileOf("shapes", e)))]);

        foreach (var (example, answer) in examples.Zip(answers))
        {
            var expected = example["boxes"]!.AsArray();
            Assert.Equal(expected.Select(b => (string?)b!["label"]), answer.AsArray().Select(b => (string?)b!["label"]));
            foreach (var (box, found) in expected.Zip(answer.AsArray()))
            {
                var (x, y) = ((float)box!["x"]!, (float)box["y"]!);
                Assert.Equal((float)box["score"]!, (float)found!["score"]!, 0.02f);
                Assert.Equal(x, (int)found["box"]!["xmin"]!, 1.1f);
                Assert.Equal(y, (int)found["box"]!["ymin"]!, 1.1f);
                Assert.Equal(x + (float)box["width"]!, (int)found["box"]!["xmax"]!, 1.1f);
                Assert.Equal(y + (float)box["height"]!, (int)found["box"]!["ymax"]!, 1.1f);
            }
        }

        Assert.Equal(["images.detect"], await OperationsAsync(tenant));
    }

    [Fact]
    public async Task ImageSegmentation_OfAPicture_GivesAMaskForEachLabel()
    {
        await PublishAsync("shapes-mask");
        using var tenant = await TestTenant.CreateAsync(service, Plan);
        var file = FileOf("shapes-mask", Examples("shapes-mask")[0]);

        var answer = Assert.Single(
            await AnswersAsync(tenant, HuggingFaceClient.Picture("imageSegmentation", "models/hf-shapes-mask", file)));

        var native = (await tenant.Client.SegmentImageAsync(
            await File.ReadAllBytesAsync(file, Cancellation), "hf-shapes-mask", Cancellation)).Results[0];
        Assert.Equal(native.Classes!.Select(c => c.Label), answer.AsArray().Select(s => (string?)s!["label"]));
        var classes = GrayOf(native.Mask!);
        foreach (var (label, segment) in native.Classes!.Zip(answer.AsArray()))
        {
            var mask = GrayOf(Convert.FromBase64String((string)segment!["mask"]!));
            Assert.Equal(classes.Select(c => c == label.Index ? byte.MaxValue : (byte)0), mask);
        }

        Assert.Equal((2, 2 * ImagePrice), await tenant.UsedAsync(Cancellation));
        Assert.Equal(["images.segment"], await OperationsAsync(tenant));
    }

    [Fact]
    public async Task TabularClassification_OfColumnsOfStrings_GivesTheIndexOfEachRowsLabel()
    {
        var folder = Path.Combine(Repository.Models, "churn", "1");
        await PublishAsync(PackageBuilder.FromFolder(folder).With("name", "hf-churn"));
        using var tenant = await TestTenant.CreateAsync(service, Plan);
        var examples = ExamplesIn(folder);
        var labels = (await tenant.Client.GetModelAsync("hf-churn", Cancellation)).Labels!.ToList();
        var columns = examples[0]["row"]!.AsObject().Select(c => c.Key).ToList();
        var rows = examples.Where(e => columns.All(c => e["row"]![c] is not null)).ToList();
        Assert.InRange(rows.Count, 2, 1000);
        // The client's widgets hold every value as a string.
        var data = new JsonObject(columns.Select(c => KeyValuePair.Create(
            c, (JsonNode?)new JsonArray([.. rows.Select(r => (JsonNode?)JsonValue.Create(r["row"]![c]!.ToString()))]))));
        var args = new JsonObject { ["inputs"] = new JsonObject { ["data"] = data } }.ToJsonString();

        var answers = await AnswersAsync(
            tenant,
            HuggingFaceClient.Call("tabularClassification", "models/hf-churn", args),
            HuggingFaceClient.Call("tabularClassification", "pipeline/tabular-classification/hf-churn", args));

        Assert.Equal(2, labels.Count);
        Assert.All(answers, a => Assert.Equal(
            rows.Select(r => labels.IndexOf((string)r["predictions"]![0]!["label"]!)), a.AsArray().Select(n => (int)n!)));
        Assert.Equal((2, 2 * rows.Count * RowPrice), await tenant.UsedAsync(Cancellation));
        Assert.Equal(["tables.predict"], await OperationsAsync(tenant));
    }

    [Fact]
    public async Task TabularRegression_OfNumbersAndStrings_GivesAValueForEachRow()
    {
        await PublishAsync(TableModels.Logarithm("hf-logarithm"));
        using var tenant = await TestTenant.CreateAsync(service, Plan);

        var answers = await AnswersAsync(
            tenant,
            HuggingFaceClient.Call("tabularRegression", "models/hf-logarithm", """{"inputs": {"data": {"x": [1, 2.5]}}}"""),
            HuggingFaceClient.Call(
                "tabularRegression", "pipeline/tabular-regression/hf-logarithm", """{"inputs": {"data": {"x": ["1", "2.5"]}}}"""));

        Assert.All(answers, a =>
        {
            Assert.Equal(0, (float)a[0]!, 1e-6f);
            Assert.Equal(MathF.Log(2.5f), (float)a[1]!, 1e-6f);
        });
        Assert.Equal((2, 4 * RowPrice), await tenant.UsedAsync(Cancellation));
    }

    [Fact]
    public async Task Prediction_ModelOfAnyTask_IsServedByItsForm()
    {
        await PublishAsync(Sample("contacts").With("name", "hf-any-tokens").With("task", "prediction").With("unit", "input"));
        await PublishAsync(
            PackageBuilder.FromFolder(Path.Combine(Repository.Models, "spam", "1")).With("name", "hf-any-labels")
                .With("task", "prediction").With("unit", "input"));
        await PublishAsync(
            PackageBuilder.FromFolder(Path.Combine(Repository.Models, "digits", "1")).With("name", "hf-any-picture")
                .With("task", "prediction").With("unit", "input"));
        using var tenant = await TestTenant.CreateAsync(service, Plan);

        var answers = await AnswersAsync(
            tenant,
            HuggingFaceClient.Call("tokenClassification", "models/hf-any-tokens", """{"inputs": "Call Ana in Oslo."}"""),
            HuggingFaceClient.Call("textClassification", "models/hf-any-labels", """{"inputs": "You have WON, click now"}"""),
            HuggingFaceClient.Picture("imageClassification", "models/hf-any-picture", Service.Sample("digits", "digit-7.png")));

        Assert.Equal(["Ana", "Oslo"], answers[0].AsArray().Select(e => (string?)e!["word"]));
        Assert.Equal("spam", (string?)answers[1][0]!["label"]);
        Assert.Equal("7", (string?)answers[2][0]!["label"]);
        Assert.Equal(["predict"], await OperationsAsync(tenant));
    }

    private static IEnumerable<string> Labels(IEnumerable<LabelScore> predictions) =>
        predictions.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Label} {p.Score:f4}"));

    private static IEnumerable<string> Labels(JsonNode answer) =>
        answer.AsArray().Select(p => string.Create(CultureInfo.InvariantCulture, $"{p!["label"]} {(float)p["score"]!:f4}"));

    private static void AssertVector(JsonNode example, JsonNode vector)
    {
        Assert.Equal(example["values"]!.AsArray().Count, vector.AsArray().Count);
        Assert.All(example["values"]!.AsArray().Zip(vector.AsArray()), v => Assert.Equal((float)v.First!, (float)v.Second!, 0.001f));
    }

    private static int Runes(string text) => text.EnumerateRunes().Count();

    private static byte[] GrayOf(byte[] png)
    {
        using var bitmap = SKBitmap.Decode(png);
        Assert.Equal(SKColorType.Gray8, bitmap.ColorType);
        return [.. Enumerable.Range(0, bitmap.Height).SelectMany(
            y => Enumerable.Range(0, bitmap.Width).Select(x => bitmap.GetPixel(x, y).Red))];
    }

    private static string FolderOf(string model) => Path.Combine(Repository.Root, "samples", "models", model, "1");

    private static string FileOf(string model, JsonNode example) => Path.Combine(FolderOf(model), (string)example["image"]!);

    private static List<JsonNode> Examples(string model) => ExamplesIn(FolderOf(model));

    private static List<JsonNode> ExamplesIn(string folder) =>
        [.. File.ReadLines(Path.Combine(folder, "golden.jsonl")).Select(l => JsonNode.Parse(l)!)];

    private static PackageBuilder Sample(string model) => PackageBuilder.FromFolder(FolderOf(model));

    private static async Task<IEnumerable<string?>> OperationsAsync(TestTenant tenant) =>
        (await tenant.Client.GetUsageAsync(groupBy: "operation", cancellation: Cancellation)).Data
            .Select(l => l.Operation).Order(StringComparer.Ordinal);

    private Task<IReadOnlyList<JsonNode>> AnswersAsync(TestTenant tenant, params JsonObject[] calls) =>
        HuggingFaceClient.AnswersAsync(service.Process.Address, tenant.Key.Key, calls);

    /// <summary>Publishes a sample under another name, because other tests publish it under their own.</summary>
    private Task PublishAsync(string model, string? name = null) => PublishAsync(Sample(model).With("name", name ?? $"hf-{model}"));

    private async Task PublishAsync(PackageBuilder package)
    {
        using var zip = new MemoryStream(package.Zip());
        await service.Operator.PublishModelAsync(zip, Cancellation);
    }
}
