using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using PerCall.Inference.Images;
using PerCall.Inference.Packages;
using PerCall.Inference.Publishing;
using PerCall.Inference.Registry;
using PerCall.Inference.Tests.Publishing;
using PerCall.Inference.Tests.Registry;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.Inference.Tests.LargeModels;

/// <summary>Publishes packages of large models, and packages that fall back on them.</summary>
public sealed class LargeModelPackageTests(AzuriteFixture azurite) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, string, string> Faults => new()
    {
        { "large_model", "null", "large_model", "is missing; it is required for the backend openai" },
        { "large_model.model", "\"\"", "large_model.model", "expected the name of a large model" },
        { "large_model.instructions", "\" \"", "large_model.instructions", "allowed: 1 to 20000" },
        { "large_model.max_characters", "0", "large_model.max_characters", "is 0; allowed: 1 to 1048576" },
        { "large_model.truncate", "\"ends\"", "large_model.truncate", "allowed: head, tail, head_tail" },
        { "large_model.max_side", "10", "large_model.max_side", "is 10; allowed: 64 to 2048" },
        { "large_model.max_output_tokens", "5", "large_model.max_output_tokens", "is 5; allowed: 16 to 100000" },
        { "large_model.examples", "[{\"input\": \"\", \"label\": \"spam\"}]", "large_model.examples[0].input", "has 0 characters" },
        { "large_model.examples", "[{\"input\": \"a\", \"label\": \"jam\"}]", "large_model.examples[0].label", "is 'jam', which is not in "
            + "labels.txt" },
        { "large_model.exmaples", "[]", "model.json", "unknown member 'exmaples'" },
        { "backend", "\"azure\"", "model.json", "the value is not allowed there" },
        { "model", "\"model.onnx\"", "model", "is not allowed for the backend openai" },
        { "opset", "17", "opset", "is not allowed for the backend openai" },
        { "inputs", "[{\"name\": \"a\", \"type\": \"int64\", \"shape\": [1]}]", "inputs", "is not allowed for the backend openai" },
        { "output.tensor", "\"a\"", "output.tensor", "is not allowed for the backend openai" },
        { "output.activation", "\"softmax\"", "output.activation", "is not allowed for the backend openai" },
        { "output.thresholds", "[0.5]", "output.thresholds", "is not allowed for the backend openai" },
        { "image", "{\"resize\": \"cover\", \"color\": \"rgb\"}", "image", "is not allowed for the backend openai" },
        { "fallback", "{\"model\": \"other\", \"below\": 0.5}", "fallback", "is not allowed for the backend openai" },
        { "golden", "null", "golden", "is missing" },
        { "unit", "\"image\"", "unit", "allowed for text-classification: 1k_characters" },
        { "limits", "{\"concurrency\": 1001}", "limits.concurrency", "allowed: 1 to 1000" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Verify_FaultInTheManifest_IsNamed(string path, string value, string where, string problem)
    {
        var package = LargePackages.Text();
        Set(package.Manifest, path, JsonNode.Parse(value));
        if (path == "golden")
        {
            package.Remove("golden.jsonl");
        }

        var refusal = await RefuseAsync(package);

        Assert.Contains(refusal.Faults, f => f.Where == where && f.Problem.Contains(problem, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("spam", "has 1 labels; allowed for the backend openai: 2 to 500")]
    [InlineData("spam\nham\nspam", "has the label 'spam' 2 times")]
    [InlineData("spam\n ham", "has the label ' ham'")]
    [InlineData("spam\n\nham", "empty line")]
    public async Task Verify_LabelsThatALargeModelCannotChoose_AreRefused(string labels, string problem)
    {
        var refusal = await RefuseAsync(LargePackages.Text().Add("labels.txt", labels));

        Assert.Contains(refusal.Faults, f => f.Where == "labels.txt" && f.Problem.Contains(problem, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Verify_ManyFaults_AreAllListed()
    {
        var package = LargePackages.Text().With("name", "No Name").With("opset", 17).Add("labels.txt", "a\na");
        Set(package.Manifest, "large_model.examples", JsonNode.Parse("""[{"input": "x", "label": "b"}]"""));

        var refusal = await RefuseAsync(package);

        Assert.Equal(
            ["labels.txt", "large_model.examples[0].label", "name", "opset"],
            refusal.Faults.Select(f => f.Where).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("samples/0.png", "which is not fetched for serving")]
    [InlineData("missing.png", "which is not listed in files")]
    [InlineData("labels.txt", "cannot be read")]
    public async Task Verify_PictureOfAnExampleThatCannotBeSent_IsRefused(string input, string problem)
    {
        var package = LargePackages.Images();
        Set(package.Manifest, "large_model.examples", JsonNode.Parse($$"""[{"input": "{{input}}", "label": "zero"}]"""));

        var refusal = await RefuseAsync(package);

        Assert.Contains(
            refusal.Faults, f => f.Where == "large_model.examples[0].input" && f.Problem.Contains(problem, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Verify_RecommenderWithALargeModel_IsRefused()
    {
        var refusal = await RefuseAsync(LargePackages.Text().With("task", "recommendation").With("unit", "recommendation"));

        Assert.Contains(refusal.Faults, f => f.Where == "backend" && f.Problem == "is openai; allowed for recommendation: onnx.");
    }

    [Fact]
    public async Task Verify_ConfiguredModel_RunsTheGoldenExamples()
    {
        var client = FakeClient.Choosing(_ => "ham");

        var refusal = await RefuseAsync(LargePackages.Text(), client);

        Assert.Contains("expected spam, got ham", Assert.Single(refusal.Faults).Problem, StringComparison.Ordinal);
        Assert.Equal("You have won.", Assert.Single(client.Questions).Input.Text);
    }

    [Fact]
    public async Task Verify_ModelThatIsNotConfigured_RunsNoExamples()
    {
        var client = FakeClient.Choosing(_ => "ham");
        var package = LargePackages.Text();
        package.Manifest["large_model"]!["model"] = "unknown";
        var verifier = Verifier(client);

        var manifest = await verifier.VerifyAsync(package.WriteTo(_folder.Path), Cancellation);

        Assert.False(verifier.RunsExamples(manifest));
        Assert.Empty(client.Questions);
    }

    [Fact]
    public async Task Publish_Fallback_NeedsAPublishedLargeModelOfTheSameTaskAndLabels()
    {
        var container = await BlobContainers.CreateAsync(azurite, Cancellation);
        var client = FakeClient.Choosing(q => q.Input.Text is null ? "zero" : "spam");
        await PublishAsync(container, client, LargePackages.Images());
        await PublishAsync(container, client, LargePackages.Text("others").Add("labels.txt", "spam\nham\nother"));
        await PublishAsync(container, client, LargePackages.Text());

        foreach (var (model, problem) in new[]
        {
            ("nothing", "is 'nothing', which has no published production version"),
            ("photos", "is 'photos', which is for image-classification; expected text-classification"),
            ("others", "is 'others', which has other labels than labels.txt"),
            ("spam", "is 'spam', the model itself"),
        })
        {
            var refusal = await Assert.ThrowsAsync<PackageRefusedException>(() => PublishAsync(container, client, Spam(model)));
            Assert.Contains(
                refusal.Faults, f => f.Where == "fallback.model" && f.Problem.Contains(problem, StringComparison.Ordinal));
        }

        await PublishAsync(container, client, Spam("mail"));
        // A model that has a fallback cannot be one: the models would call each other.
        var cycle = await Assert.ThrowsAsync<PackageRefusedException>(
            () => PublishAsync(container, client, Spam("spam").With("name", "mail").With("version", "2")));
        Assert.Contains(cycle.Faults, f => f.Problem == "is 'spam', whose backend is onnx; expected openai.");
    }

    [Theory]
    [InlineData("0", "is 0; allowed: above 0, at most 1")]
    [InlineData("1.5", "is 1.5; allowed: above 0, at most 1")]
    public async Task Verify_BoundThatNoScoreHas_IsRefused(string below, string problem)
    {
        var package = Spam("mail");
        package.Manifest["fallback"]!["below"] = JsonNode.Parse(below);

        var refusal = await RefuseAsync(package);

        Assert.Contains(refusal.Faults, f => f.Where == "fallback.below" && f.Problem.Contains(problem, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Verify_FallbackOfIndependentLabels_IsRefused()
    {
        var package = Spam("mail");
        package.Manifest["output"]!["activation"] = "sigmoid";

        var refusal = await RefuseAsync(package);

        Assert.Contains(refusal.Faults, f => f.Where == "fallback" && f.Problem.Contains("sigmoid", StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Dispose();

    private static PackageBuilder Spam(string fallback) => PackageBuilder.FromFolder(Path.Combine(Repository.Models, "spam", "1"))
        .With("fallback", new JsonObject { ["model"] = fallback, ["below"] = 0.9 });

    private static void Set(JsonNode node, string path, JsonNode? value)
    {
        var members = path.Split('.');
        foreach (var member in members[..^1])
        {
            node = node[member]!;
        }

        node[members[^1]] = value;
    }

    private static PackageVerifier Verifier(FakeClient? client, IPackageStore? published = null) => new(
        new ModelLoader(new ModelRegistryOptions(), client), new GoldenCheck(new ImageClassifier(ImageClassifier.DefaultMaxPixels)),
        published: published);

    private static async Task<PackageRefusedException> RefuseAsync(PackageBuilder package, FakeClient? client = null)
    {
        using var folder = new TemporaryFolder();
        package.WriteTo(folder.Path);
        return await Assert.ThrowsAsync<PackageRefusedException>(
            () => Verifier(client).VerifyAsync(Directory.GetDirectories(Directory.GetDirectories(folder.Path)[0])[0], Cancellation));
    }

    private static Task<ModelManifest> PublishAsync(BlobContainerClient container, FakeClient client, PackageBuilder package) =>
        new PackagePublisher(
            Verifier(client, new BlobPackageStore(container)), Publishers.Deriver(), new BlobPackageWriter(container), new PackageLimits())
        .PublishAsync(new MemoryStream(package.Zip()), Cancellation);
}
