using System.Text.Json.Nodes;
using PerCall.Inference.Packages;
using PerCall.Inference.Text;
using PerCall.Testing.Packages;

namespace PerCall.Inference.Tests.Text;

/// <summary>Packages around the small graphs and vocabularies of <c>fixtures</c>.</summary>
internal static class TextPackages
{
    private const int Labels = 3;

    public static string Fixture(string name) => Path.Combine(AppContext.BaseDirectory, "Text", "fixtures", name);

    /// <summary>The weight that every graph gives an id for a label; see fixtures/make.py.</summary>
    public static float Weight(int id, int label) => id * (label + 3) % 7 / 7f;

    public static float[] Scores(IEnumerable<int> ids) =>
        [.. Enumerable.Range(0, Labels).Select(label => ids.Sum(id => Weight(id, label)))];

    public static JsonObject Words() =>
        new() { ["kind"] = "words", ["vocabulary"] = "vocabulary", ["unknown"] = "[UNK]", ["padding"] = "[PAD]" };

    public static JsonObject WordPiece() =>
        new()
        {
            ["kind"] = "wordpiece",
            ["vocabulary"] = "vocabulary",
            ["unknown"] = "[UNK]",
            ["padding"] = "[PAD]",
            ["start"] = "[CLS]",
            ["end"] = "[SEP]"
        };

    /// <summary>ids, attention_mask and token_types of any length, over one of the vocabularies.</summary>
    public static PackageBuilder Tokens(JsonObject tokenizer, string? vocabulary, Action<JsonObject>? text = null)
    {
        string[] names = ["ids", "attention_mask", "token_types"];
        var rules = new JsonObject
        {
            ["tokenizer"] = tokenizer,
            ["max_length"] = 16,
            ["inputs"] = new JsonObject(names.Select(n => KeyValuePair.Create(n, (JsonNode?)n))),
        };
        text?.Invoke(rules);
        var package = new PackageBuilder(Manifest([.. names.Select(n => Tensor(n, "int64", [-1, -1]))], rules))
            .Add("model.onnx", File.ReadAllBytes(Fixture("tokens.onnx")))
            .Add("labels.txt", "a\nb\nc");
        return vocabulary is null ? package : package.Add("vocabulary", File.ReadAllBytes(Fixture(vocabulary)));
    }

    /// <summary>A graph with ids alone, and what its manifest says of them.</summary>
    public static PackageBuilder Ids(string graph, string type, int[] shape, JsonObject text) =>
        new PackageBuilder(Manifest([Tensor("ids", type, shape)], text))
            .Add("model.onnx", File.ReadAllBytes(Fixture(graph)))
            .Add("labels.txt", "a\nb\nc")
            .With("outputs", new JsonArray(Tensor("scores", "float32", [shape[0], Labels])));

    /// <summary>A graph that takes strings.</summary>
    public static PackageBuilder Strings() => new PackageBuilder(Manifest([Tensor("text", "string", [-1, 1])], new JsonObject
    {
        ["tokenizer"] = new JsonObject { ["kind"] = "none" },
        ["normalize"] = new JsonObject { ["lowercase"] = true },
        ["max_length"] = 100,
        ["inputs"] = new JsonObject { ["text"] = "text" },
    }))
        .Add("model.onnx", File.ReadAllBytes(Fixture("strings.onnx")))
        .Add("labels.txt", "good\nbad")
        .With("outputs", new JsonArray(Tensor("scores", "float32", [-1, 2])));

    /// <summary>The plan of a package's manifest, without its graph.</summary>
    public static TextPlan Plan(PackageBuilder package, string root)
    {
        var folder = package.WriteTo(root);
        return new(ManifestReader.Parse(package.ManifestBytes()), folder);
    }

    private static JsonObject Manifest(JsonArray inputs, JsonObject text) => new()
    {
        ["schema"] = 1,
        ["name"] = "text",
        ["version"] = "1",
        ["task"] = "text-classification",
        ["description"] = "For tests",
        ["license"] = "MIT",
        ["model"] = "model.onnx",
        ["inputs"] = inputs,
        ["outputs"] = new JsonArray(Tensor("scores", "float32", [-1, Labels])),
        ["text"] = text,
        ["output"] = new JsonObject { ["tensor"] = "scores", ["activation"] = "none", ["labels"] = "labels.txt" },
        ["unit"] = "1k_characters",
        ["golden"] = "golden.jsonl",
    };

    private static JsonObject Tensor(string name, string type, int[] shape) => new()
    {
        ["name"] = name,
        ["type"] = type,
        ["shape"] = new JsonArray([.. shape.Select(d => (JsonNode?)d)]),
    };
}
