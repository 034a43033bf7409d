using System.Text.Json;
using System.Text.Json.Nodes;
using PerCall.Inference.Images;
using PerCall.Inference.Packages;
using PerCall.Inference.Text;
using PerCall.Testing;
using Xunit;

namespace PerCall.Inference.Tests.Deriving;

/// <summary>Whole folders, among them those of models that others made.</summary>
public sealed class PackageDeriverTests
{
    private readonly ImageClassifier _images = new(ImageClassifier.DefaultMaxPixels);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Derive_WithoutAGraph_SaysHowToMakeOne()
    {
        using var folder = new DerivedFolder([1, 2], "pytorch_model.bin");

        Assert.Contains(
            "has no file that ends with .onnx. Export the model", (await folder.RefuseAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Derive_OfSeveralGraphs_AsksWhichOne()
    {
        using var folder = new DerivedFolder(Google.Protobuf.MessageExtensions.ToByteArray(Graphs.Columns(1)), "one.onnx")
            .Add("two.onnx", Google.Protobuf.MessageExtensions.ToByteArray(Graphs.Columns(1)));

        Assert.Contains("Allowed: one.onnx, two.onnx.", (await folder.RefuseAsync()).Message, StringComparison.Ordinal);
        Assert.Equal("two.onnx", (string?)(await folder.ManifestAsync("graph=two.onnx"))["model"]);
    }

    [Fact]
    public async Task Derive_OfAPictureWithAnotherOutput_TakesItsTensorsAndAsksNothing()
    {
        // A grid of values for each picture, which no task of PerCall reads.
        using var folder = new DerivedFolder(Graphs.Grid());

        Assert.Equal(ModelTask.Tensors, (await folder.DeriveAsync()).Manifest.Task);
    }

    [Fact]
    public async Task Derive_OfAModelWithAState_FindsItsShapes()
    {
        using var folder = new DerivedFolder(Graphs.Stream(256));

        var derived = await folder.DeriveAsync();

        Assert.Equal(ModelTask.Tensors, derived.Manifest.Task);
        Assert.Contains("output [1, 256]", derived.Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Derive_OfShapesThatNobodyGuesses_AsksForThem()
    {
        using var folder = new DerivedFolder(Graphs.Stream(300));

        var refusal = await folder.RefuseAsync();

        Assert.Contains("With input=1x16, state=2x16x4, rate=", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(
            "expected NAME=SHAPE with a shape that the graph allows: input [-1, -1], state [2, -1, 4], rate []",
            (await folder.RefuseAsync("shapes=input=300, state=2x1x4, rate=")).Message, StringComparison.Ordinal);
        Assert.Contains(
            "has no shape for the input 'rate'.", (await folder.RefuseAsync("shapes=input=1x300, state=2x1x4")).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "output [1, 300]", (await folder.DeriveAsync("shapes=input=1x300, state=2x1x4, rate=")).Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Derive_OfADamagedFile_NamesIt()
    {
        using var folder = new DerivedFolder(Graphs.Channels()).Add("preprocessor_config.json", "{ \"size\": ");

        Assert.Equal("preprocessor_config.json", Assert.Single((await folder.RefuseAsync()).Faults).Where);
    }

    [Fact]
    public async Task Derive_OfValuesOfAnotherType_IsRefused()
    {
        using var folder = new DerivedFolder(Graphs.Channels()).Add("config.json", """{"architectures": [17]}""");

        Assert.Contains("a value of another type than expected", (await folder.RefuseAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Derive_Again_GivesTheSameManifest()
    {
        using var folder = new DerivedFolder(Graphs.Columns(2)).Add("labels.txt", "a\nb");
        await folder.DeriveAsync();
        var first = folder.Read("model.json");

        await folder.DeriveAsync();

        Assert.Equal(first, folder.Read("model.json"));
    }

    [Theory]
    [InlineData("kitten_224.png", "tabby", 0.93f)]
    [InlineData("fish.png", "tench", 0.74f)]
    public async Task Derive_SqueezeNetWithOneAnswer_GivesItsKnownScores(string picture, string label, float score)
    {
        using var folder = Zoo("squeezenet-fp16");
        await folder.DeriveAsync("pixels=bgr 0..255");

        using var model = await folder.LoadAsync();
        var bytes = await File.ReadAllBytesAsync(Repository.ZooFile("squeezenet-fp16", picture), Cancellation);
        var best = (await _images.ClassifyAsync(model, bytes, 1, Cancellation)).Predictions[0];
        Assert.StartsWith(label, best.Label, StringComparison.Ordinal);
        Assert.Equal(score, best.Score, 0.01f);
    }

    [Fact]
    public async Task Derive_MnistWithOneAnswer_GivesTheKnownDigit()
    {
        using var folder = Zoo("mnist-cntk");
        await folder.DeriveAsync("labels=numbers");

        using var model = await folder.LoadAsync();
        var bytes = await File.ReadAllBytesAsync(Repository.ZooFile("squeezenet-fp16", "mnist_28.png"), Cancellation);
        Assert.Equal("8", (await _images.ClassifyAsync(model, bytes, 1, Cancellation)).Predictions[0].Label);
    }

    [Fact]
    public async Task Derive_CifarWithTwoAnswers_Runs()
    {
        using var folder = Zoo("cifar10-winml");

        var derived = await folder.DeriveAsync("labels=numbers", "pixels=rgb -1..1");

        Assert.Equal(ModelTask.ImageClassification, derived.Manifest.Task);
    }

    [Fact]
    public async Task Derive_MagikaWithoutAnswers_GivesItsMakersScores()
    {
        using var folder = Zoo("magika-v3_3");
        await folder.DeriveAsync();

        using var model = await folder.LoadAsync();
        var examples = JsonNode.Parse(
            await File.ReadAllTextAsync(Repository.ZooFile("magika-v3_3", "inference_examples_by_content.json"), Cancellation))!.AsArray()
            .Where(e => (string?)e!["prediction"]!["dl"] != "undefined")
            .Select(e => (
                Bytes: e!["content_base64"]!.Deserialize<byte[]>()!, Label: (string)e["prediction"]!["dl"]!,
                Score: (float)e["prediction"]!["score"]!))
            .Where(e => System.Text.Unicode.Utf8.IsValid(e.Bytes))
            .Take(10).ToList();
        Assert.NotEmpty(examples);
        foreach (var (bytes, label, score) in examples)
        {
            var text = System.Text.Encoding.UTF8.GetString(bytes);
            var best = (await TextClassifier.ClassifyAsync(model, [text], 1, Cancellation)).Texts[0].Predictions[0];
            Assert.Equal(label, best.Label);
            Assert.Equal(score, best.Score, 0.001f);
        }
    }

    [Fact]
    public async Task Derive_ByteLstmWithoutAnswers_TakesItsTensors()
    {
        using var folder = Zoo("byte-bilstm");

        var derived = await folder.DeriveAsync();

        Assert.Equal(ModelTask.Tensors, derived.Manifest.Task);
        Assert.Equal([-1, -1], derived.Manifest.Inputs[0].Shape);
    }

    private static DerivedFolder Zoo(string name)
    {
        var files = Directory.GetFiles(Repository.ZooFile(name));
        var graph = files.Single(f => f.EndsWith(".onnx", StringComparison.Ordinal));
        var folder = new DerivedFolder(File.ReadAllBytes(graph), Path.GetFileName(graph));
        foreach (var file in files.Where(f => f != graph))
        {
            folder.Add(Path.GetFileName(file), File.ReadAllBytes(file));
        }

        return folder;
    }
}
