using System.Net;
using System.Text.Json.Nodes;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.EndToEnd.Batches;
using PerCall.EndToEnd.Charging;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.EndToEnd;

/// <summary>The packages of samples/models, published and asked as a customer does: each gives the answers of its examples.</summary>
public sealed class SampleModelTests(Service service)
{
    private const long TextPrice = 5;
    private const long ImagePrice = 7;

    private static readonly PutPlanRequest Plan = new()
    {
        Currency = "EUR",
        Prices =
        [
            new("*", "*", "1k_characters", TextPrice), new("*", "*", "image", ImagePrice),
            new("batch", "*", "batch_row", TestTenant.RowPrice),
        ],
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Detector_OfEachPicture_FindsTheBoxesOfTheExamples()
    {
        var (model, examples) = await PublishAsync("shapes");
        using var tenant = await TestTenant.CreateAsync(service, Plan);

        foreach (var example in examples)
        {
            var answer = await tenant.Client.DetectObjectsAsync(Picture("shapes", example), model, Cancellation);

            var found = Assert.Single(answer.Results);
            Assert.Equal(
                example["boxes"]!.AsArray().Select(b => Rounded((float)b!["x"]!, (float)b["y"]!, (string)b["label"]!)),
                found.Objects!.Select(o => Rounded(o.Box.X, o.Box.Y, o.Label)));
            Assert.All(found.Objects!, o => Assert.True(
                o.Box is { X: >= 0, Y: >= 0 } && o.Box.X + o.Box.Width <= found.Width && o.Box.Y + o.Box.Height <= found.Height, $"{o}"));
        }

        Assert.Equal((examples.Count, examples.Count * ImagePrice), await tenant.UsedAsync(Cancellation));
    }

    [Fact]
    public async Task Segmenter_OfAPicture_GivesTheMaskOfTheExample()
    {
        var (model, examples) = await PublishAsync("shapes-mask");
        using var tenant = await TestTenant.CreateAsync(service, Plan);

        var answer = await tenant.Client.SegmentImageAsync(Picture("shapes-mask", examples[0]), model, Cancellation);

        var result = Assert.Single(answer.Results);
        Assert.Equal((96, 96), (result.Width, result.Height));
        Assert.Equal("background", result.Classes![0].Label);
        Assert.Equal(96 * 96, result.Classes.Sum(c => c.Pixels));
        Assert.Equal(1, result.Classes.Sum(c => c.Share), 1e-9);
        Assert.StartsWith("\u0089PNG", System.Text.Encoding.Latin1.GetString(result.Mask!), StringComparison.Ordinal);
        Assert.Equal((1, ImagePrice), await tenant.UsedAsync(Cancellation));
    }

    [Fact]
    public async Task Tagger_OfASentence_FindsItsParts()
    {
        var (model, examples) = await PublishAsync("contacts");
        using var tenant = await TestTenant.CreateAsync(service, Plan);
        var texts = examples.Select(e => (string)e["text"]!).ToList();

        var answer = await tenant.Client.LabelTokensAsync(texts, model, Cancellation);

        foreach (var (example, result) in examples.Zip(answer.Results))
        {
            Assert.Equal(
                example["entities"]!.AsArray().Select(e => $"{e!["label"]} {e["start"]} {e["end"]}"),
                result.Entities!.Select(e => $"{e.Label} {e.Start} {e.End}"));
            Assert.All(result.Entities!, e => Assert.Equal(texts[result.Index][e.Start..e.End], e.Text));
        }

        var rows = await tenant.Client.RunAsync(
            "texts.jsonl", string.Concat(texts.Select(t => new JsonObject { ["input"] = t }.ToJsonString() + "\n")), "/v1/text/tokens",
            model);
        Assert.Equal(new BatchCounts(texts.Count, texts.Count, 0), rows.RequestCounts);
    }

    [Fact]
    public async Task Ranker_OfDocuments_OrdersThemByTheScoresOfTheExamples()
    {
        var (model, examples) = await PublishAsync("matching");
        using var tenant = await TestTenant.CreateAsync(service, Plan);
        var query = (string)examples[0]["text"]!;
        var pairs = examples.Where(e => (string)e["text"]! == query).ToList();

        var all = await tenant.Client.RerankAsync(query, [.. pairs.Select(p => (string)p["pair"]!)], model, cancellation: Cancellation);
        var best = await tenant.Client.RerankAsync(query, [.. pairs.Select(p => (string)p["pair"]!)], model, 1, Cancellation);

        Assert.InRange(pairs.Count, 2, 100);
        Assert.Equal(all.Results.OrderByDescending(r => r.RelevanceScore), all.Results);
        Assert.All(all.Results, r => Assert.Equal((float)pairs[r.Index]["values"]![0]!, r.RelevanceScore, 0.001f));
        Assert.Equal(all.Results[0].Index, Assert.Single(best.Results).Index);
        // The query is read with each document: below 1,000 characters together.
        Assert.Equal((2, 2 * TextPrice), await tenant.UsedAsync(Cancellation));
    }

    [Fact]
    public async Task ZeroShot_ByAScorerOfPairs_ChoosesTheSentenceThatAnswersBest()
    {
        // A model of natural language inference whose only label is entailment: the scorer of pairs, read as labels.
        var package = Sample("matching").With("name", "entails").With("task", "text-classification")
            .With("output", new JsonObject { ["tensor"] = "score", ["activation"] = "none", ["labels"] = "labels.txt" })
            .Add("labels.txt", "entailment");
        var examples = Examples("matching");
        package.Add("golden.jsonl", new JsonObject
        {
            ["text"] = (string)examples[0]["text"]!,
            ["pair"] = (string)examples[0]["pair"]!,
            ["predictions"] = new JsonArray(new JsonObject { ["label"] = "entailment", ["score"] = 0 }),
            ["tolerance"] = 100,
        }.ToJsonString());
        await PublishAsync(package);
        using var tenant = await TestTenant.CreateAsync(service, Plan);
        string[] sentences = [(string)examples[0]["pair"]!, (string)examples[1]["pair"]!];

        var answer = await tenant.Client.ClassifyTextAsync(
            [(string)examples[0]["text"]!], [sentences[1], sentences[0]], "entails", template: "{}", cancellation: Cancellation);

        var predictions = answer.Results[0].Predictions;
        Assert.Equal(sentences[0], predictions[0].Label);
        Assert.Equal(1, predictions.Sum(p => p.Score!.Value), 1e-4f);
        Assert.Equal((1, TextPrice), await tenant.UsedAsync(Cancellation));

        var refused = await Assert.ThrowsAsync<PerCallException>(
            () => tenant.Client.ClassifyTextAsync(["a"], ["b"], "spam", cancellation: Cancellation));
        Assert.Equal((HttpStatusCode.BadRequest, "not_zero_shot"), (refused.Status, refused.Problem!.Code));
    }

    [Fact]
    public async Task Embedder_InBothForms_GivesTheVectorsOfTheExamples()
    {
        var (model, examples) = await PublishAsync("phrases");
        using var tenant = await TestTenant.CreateAsync(service, Plan);
        var texts = examples.Select(e => (string)e["text"]!).ToList();

        var answer = await tenant.Client.EmbedAsync(texts, model, cancellation: Cancellation);

        Assert.All(examples.Zip(answer.Data), p => Assert.All(
            p.First["values"]!.AsArray().Zip(p.Second.Embedding.Values), v => Assert.Equal((float)v.First!, v.Second, 0.001f)));
        // OpenAI's own client, unchanged.
        var client = new OpenAI.Embeddings.EmbeddingClient(
            model, new(tenant.Key.Key), new() { Endpoint = new Uri(service.Http.BaseAddress!, "v1") });
        var shorter = await client.GenerateEmbeddingAsync(texts[0], new() { Dimensions = 32 }, Cancellation);
        Assert.Equal(1, shorter.Value.ToFloats().ToArray().Sum(v => v * v), 1e-4f);
        Assert.Equal(32, shorter.Value.ToFloats().Length);
        Assert.Equal((2, 2 * TextPrice), await tenant.UsedAsync(Cancellation));

        var rows = await tenant.Client.RunAsync(
            "texts.jsonl", string.Concat(texts.Select(t => new JsonObject { ["input"] = t }.ToJsonString() + "\n")), "/v1/embeddings", model);
        Assert.Equal(new BatchCounts(texts.Count, texts.Count, 0), rows.RequestCounts);
    }

    private static string Rounded(float x, float y, string label) => $"{label} {MathF.Round(x / 2)} {MathF.Round(y / 2)}";

    private static ReadOnlyMemory<byte> Picture(string model, JsonNode example) =>
        File.ReadAllBytes(Path.Combine(FolderOf(model), (string)example["image"]!));

    private static List<JsonNode> Examples(string model) =>
        [.. File.ReadLines(Path.Combine(FolderOf(model), "golden.jsonl")).Select(l => JsonNode.Parse(l)!)];

    private static PackageBuilder Sample(string model) => PackageBuilder.FromFolder(FolderOf(model));

    private static string FolderOf(string model) => Path.Combine(Repository.Root, "samples", "models", model, "1");

    /// <summary>Publishes a sample under another name, because another test publishes it under its own.</summary>
    private async Task<(string Model, List<JsonNode> Examples)> PublishAsync(string model)
    {
        await PublishAsync(Sample(model).With("name", $"tested-{model}"));
        return ($"tested-{model}", Examples(model));
    }

    private async Task PublishAsync(PackageBuilder package)
    {
        using var zip = new MemoryStream(package.Zip());
        await service.Operator.PublishModelAsync(zip, Cancellation);
    }
}
