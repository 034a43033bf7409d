using System.Text.Json.Nodes;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;
using PerCall.Testing;
using PerCall.Testing.Packages;

namespace PerCall.Inference.Tests.LargeModels;

/// <summary>Packages whose model is the large model <c>large</c>.</summary>
internal static class LargePackages
{
    public static readonly string Digit = Path.Combine(Repository.Models, "digits", "1", "samples", "digit-0.png");

    public static PackageBuilder Text(string name = "mail") => new PackageBuilder(Manifest(name, "text-classification", "1k_characters"))
        .Add("labels.txt", "spam\nham")
        .Add("golden.jsonl", """{"text": "You have won.", "predictions": [{"label": "spam", "score": 1}]}""");

    public static PackageBuilder Images(string name = "photos") => new PackageBuilder(Manifest(name, "image-classification", "image"))
        .Add("labels.txt", "zero\nother")
        .Add("samples/0.png", File.ReadAllBytes(Digit))
        .Add("golden.jsonl", """{"image": "samples/0.png", "predictions": [{"label": "zero", "score": 1}]}""");

    public static async Task<LoadedModel> LoadAsync(
        PackageBuilder package, string root, FakeClient client, CancellationToken cancellation, TimeProvider? time = null)
    {
        var folder = package.WriteTo(root);
        return await new ModelLoader(new ModelRegistryOptions(), client, time).LoadAsync(
            ManifestReader.Parse(package.ManifestBytes()), folder, cancellation);
    }

    private static JsonObject Manifest(string name, string task, string unit) => new()
    {
        ["schema"] = 1,
        ["name"] = name,
        ["version"] = "1",
        ["task"] = task,
        ["description"] = "For tests",
        ["license"] = "MIT",
        ["backend"] = "openai",
        ["large_model"] = new JsonObject { ["model"] = "large", ["instructions"] = "Choose." },
        ["output"] = new JsonObject { ["labels"] = "labels.txt" },
        ["unit"] = unit,
        ["golden"] = "golden.jsonl",
    };
}
