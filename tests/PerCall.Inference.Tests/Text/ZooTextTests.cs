using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PerCall.Inference.Text;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.Inference.Tests.Text;

/// <summary>A text model that others made, on their own examples of what it answers.</summary>
public sealed class ZooTextTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Classify_Magika_AnswersAsItsMakersSay()
    {
        var examples = JsonNode.Parse(
            await File.ReadAllTextAsync(Repository.ZooFile("magika-v3_3", "inference_examples_by_content.json"), Cancellation))!.AsArray()
            .Select(
                e =>
                    (Content: Convert.FromBase64String(
                        e!["content_base64"]!.GetValue<string>()), Label: e["prediction"]!["dl"]!.GetValue<string>(),
                            Score: e["prediction"]!["score"]!.GetValue<float>()))
            // Texts alone: what is no UTF-8 comes in no JSON string.
            .Where(e => e.Label != "undefined" && System.Text.Unicode.Utf8.IsValid(e.Content))
            .DistinctBy(e => Convert.ToBase64String(e.Content))
            .ToList();
        Assert.True(examples.Count >= 25, $"{examples.Count} examples");
        using var model = await Models.LoadAsync(Magika(), _folder.Path, Cancellation);

        // One by one: this graph's own sums differ by up to 0.003 with the number of texts in a run.
        foreach (var (content, label, score) in examples)
        {
            var answer = await TextClassifier.ClassifyAsync(model, [Encoding.UTF8.GetString(content)], 1, Cancellation);

            Assert.Equal(label, answer.Texts[0].Predictions[0].Label);
            Assert.Equal(score, answer.Texts[0].Predictions[0].Score, 1e-4f);
        }

        var together = await TextClassifier.ClassifyAsync(
            model, [.. examples.Select(e => Encoding.UTF8.GetString(e.Content))], 1, Cancellation);
        Assert.Equal(examples.Select(e => e.Label), together.Texts.Select(t => t.Predictions[0].Label));
    }

    public void Dispose() => _folder.Dispose();

    private static PackageBuilder Magika()
    {
        var config = JsonNode.Parse(File.ReadAllText(Repository.ZooFile("magika-v3_3", "config.min.json")))!;
        var labels = config["target_labels_space"].Deserialize<string[]>()!;
        return TextPackages.Ids("bytes.onnx", "int32", [-1, 2048], new JsonObject
        {
            ["normalize"] = new JsonObject { ["trim"] = true },
            ["tokenizer"] = new JsonObject { ["kind"] = "bytes", ["padding_id"] = 256 },
            ["max_length"] = 2048,
            ["truncate"] = "ends",
            ["pad"] = "max_length",
            ["inputs"] = new JsonObject { ["ids"] = "bytes" },
        })
            .With("inputs", new JsonArray(new JsonObject { ["name"] = "bytes", ["type"] = "int32", ["shape"] = new JsonArray(-1, 2048) }))
            .With(
                "outputs", new JsonArray(
                    new JsonObject { ["name"] = "target_label", ["type"] = "float32", ["shape"] = new JsonArray(-1, labels.Length) }))
            .With("output", new JsonObject { ["tensor"] = "target_label", ["activation"] = "none", ["labels"] = "labels.txt" })
            .Add("model.onnx", File.ReadAllBytes(Repository.ZooFile("magika-v3_3", "model.onnx")))
            .Add("labels.txt", string.Join('\n', labels));
    }
}
