using System.Text.Json.Nodes;
using PerCall.Client.Wire;
using PerCall.StandIn;
using PerCall.Testing;
using PerCall.Testing.Packages;

namespace PerCall.EndToEnd.LargeModels;

/// <summary>
/// A service with packages whose model is the large model <c>stand-in</c>, and with models that fall back on them. Scripts in a text tell
/// the provider which label to choose.
/// </summary>
public sealed class LabelingService : Service
{
    public StandInProvider Provider { get; private set; } = null!;

    protected override IEnumerable<(string Name, string? Value)> Settings =>
    [
        ("PerCall__OpenAI__Models__stand-in__Deployments__0__Endpoint", new Uri(Provider.Address, "v1").ToString()),
        ("PerCall__OpenAI__Models__stand-in__Deployments__0__Deployment", "labels"),
        ("PerCall__OpenAI__Models__stand-in__Deployments__0__Prices__In", "1000000"),
        ("PerCall__OpenAI__Models__stand-in__Deployments__0__Prices__Out", "1000000"),
        ("PerCall__OpenAI__Models__stand-in__Tokenizer", "o200k_base"),
    ];

    public override async ValueTask InitializeAsync()
    {
        Provider = await StandInProvider.StartAsync();
        await base.InitializeAsync();
        await PublishAsync(Mail("mail-llm"));
        await PublishAsync(Digits("digits-llm"));
        // Half of the scores of the spam model are below this bound, and none of the digits'.
        await PublishAsync(Fallback("spam", "spam-or-llm", "mail-llm", 0.95));
        await PublishAsync(Fallback("digits", "digits-or-llm", "digits-llm", 0.999999));
    }

    public Task<PublishedModel> PublishAsync(PackageBuilder package) =>
        Operator.PublishModelAsync(new MemoryStream(package.Zip()));

    /// <summary>A package that tells spam from other mail.</summary>
    public static PackageBuilder Mail(string name, string model = "stand-in") => new PackageBuilder(Manifest(
        name, model, "text-classification", "1k_characters"))
        .Add("labels.txt", "spam\nham")
        .Add("golden.jsonl", """{"text": "script: label=ham", "predictions": [{"label": "ham", "score": 1}]}""");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Provider.DisposeAsync();
    }

    private static PackageBuilder Digits(string name) => new PackageBuilder(
        Manifest(name, "stand-in", "image-classification", "image"))
        .Add("labels.txt", File.ReadAllText(Path.Combine(Repository.Models, "digits", "1", "labels.txt")))
        .Add("samples/0.png", File.ReadAllBytes(Sample("digits", "digit-0.png")))
        // The provider chooses the first label for a picture.
        .Add("golden.jsonl", """{"image": "samples/0.png", "predictions": [{"label": "0", "score": 1}]}""");

    private static PackageBuilder Fallback(string model, string name, string fallback, double below) =>
        PackageBuilder.FromFolder(Path.Combine(Repository.Models, model, "1"))
            .With("name", name)
            .With("fallback", new JsonObject { ["model"] = fallback, ["below"] = below });

    private static JsonObject Manifest(string name, string model, string task, string unit) => new()
    {
        ["schema"] = 1,
        ["name"] = name,
        ["version"] = "1",
        ["task"] = task,
        ["description"] = "For tests",
        ["license"] = "MIT",
        ["backend"] = "openai",
        ["large_model"] = new JsonObject { ["model"] = model, ["instructions"] = "Choose a label." },
        ["output"] = new JsonObject { ["labels"] = "labels.txt" },
        ["unit"] = unit,
        ["golden"] = "golden.jsonl",
    };
}
