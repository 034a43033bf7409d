using System.Text.Json.Nodes;
using Google.Protobuf;
using PerCall.Inference.Images;
using PerCall.Inference.Onnx.Graph;
using PerCall.Inference.Packages;
using PerCall.Inference.Publishing;
using PerCall.Inference.Registry;
using PerCall.Inference.Tests.Text;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;
using DataType = PerCall.Inference.Onnx.Graph.TensorProto.Types.DataType;

namespace PerCall.Inference.Tests.Publishing;

/// <summary>Graphs as others export them, put together here.</summary>
public sealed class ForeignGraphTests
{
    private const string Sample = "samples/digit-0.png";
    private static readonly string Digits = Path.Combine(Repository.Models, "digits", "1");

    private readonly PackageVerifier _verifier = new(
        new ModelLoader(new ModelRegistryOptions()), new GoldenCheck(new ImageClassifier(ImageClassifier.DefaultMaxPixels)));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("uint8", 2)]
    [InlineData("int32", 6)]
    [InlineData("int64", 7)]
    public async Task Verify_OfPicturesAsWholeNumbers_RunsOnThem(string name, int type)
    {
        // The darker a picture is, the closer are the labels: this one is black for the most part, and its mean is some 30 of 255.
        var package = Package(Scores((DataType)type), name)
            .Add("golden.jsonl", $$"""{"image": "{{Sample}}", "predictions": [{"label": "c", "score": 1.0}], "tolerance": 0.001}""");

        var manifest = await VerifyAsync(package);

        Assert.Equal("foreign", manifest.Name);
    }

    [Fact]
    public async Task Verify_OfAGraphThatDeclaresNoShapes_TakesThoseOfTheManifest()
    {
        var graph = Scores(DataType.Float);
        graph.Graph.Input[0].Type.TensorType.Shape = null;
        graph.Graph.Output[0].Type.TensorType.Shape = null;

        await VerifyAsync(Package(graph)
            .Add("golden.jsonl", $$"""{"image": "{{Sample}}", "predictions": [{"label": "c", "score": 1.0}], "tolerance": 0.001}"""));
    }

    [Fact]
    public async Task Verify_OutputOfAnotherTask_NamesTheShapes()
    {
        // As a detector has it: many values for each input, and no shape that is declared.
        var graph = Graph(DataType.Float, (builder, pixels) => pixels);
        graph.Graph.Input[0].Type.TensorType.Shape = null;
        graph.Graph.Output[0].Type.TensorType.Shape = null;

        var refusal = await RefuseAsync(Package(graph));

        Assert.Contains(refusal.Faults, f => f.Where == "output.tensor"
            && f.Problem == "names 'logits', which has the shape [1, 784] for 1 input(s); "
                + "expected one value for each of the 3 labels, [1, 3].");
    }

    [Fact]
    public async Task Verify_GraphThatFailsOnLongTexts_ReportsTheLength()
    {
        // Eight places, where the manifest allows sixteen.
        var builder = new GraphBuilder("foreign");
        builder.Input("ids", DataType.Int64, -1, -1);
        var placed = builder.Add("Add", "ids", builder.Longs(1, 2, 3, 4, 5, 6, 7, 8));
        var number = builder.Add("Cast", [placed], Attributes.Int("to", (long)DataType.Float));
        builder.Output("scores", Three(builder, number), DataType.Float, -1, 3);
        var rules = new JsonObject
        {
            ["tokenizer"] = TextPackages.Words(),
            ["max_length"] = 16,
            ["inputs"] = new JsonObject { ["ids"] = "ids" },
        };
        var package = TextPackages.Ids("tokens.onnx", "int64", [-1, -1], rules)
            .Add("model.onnx", Bytes(builder))
            .Add("golden.jsonl", """{"text": "a", "predictions": [{"label": "a", "score": 0}], "tolerance": 100}""")
            .Add("vocabulary", await File.ReadAllBytesAsync(TextPackages.Fixture("words.txt"), Cancellation));

        var refusal = await RefuseAsync(package);

        Assert.Contains(refusal.Faults, f => f.Where == "model.onnx"
            && f.Problem.StartsWith("fails on a text of 16 tokens, the longest that text.max_length allows: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Load_OfAGraphThatFoldsLettersByALocale_NeedsNoLocaleOfTheSystem()
    {
        var builder = new GraphBuilder("foreign");
        builder.Input("text", (DataType)8, 1, 1);
        var folded = builder.Add(
            "StringNormalizer", ["text"], Attributes.String("case_change_action", "LOWER"), Attributes.String("locale", "xx_XX.UTF-8"));
        var shape = builder.Add("Cast", [builder.Add("Shape", folded)], Attributes.Int("to", (long)DataType.Float));
        builder.Output("scores", builder.Add("Reshape", shape, builder.Longs(1, 2)), DataType.Float, 1, 2);
        var package = TextPackages.Strings().Add("model.onnx", Bytes(builder));
        package.Manifest["inputs"]![0]!["shape"] = new JsonArray(1, 1);
        package.Manifest["outputs"]![0]!["shape"] = new JsonArray(1, 2);
        using var folder = new TemporaryFolder();

        using var model = await Models.LoadAsync(package, folder.Path, Cancellation);

        Assert.Equal(["good", "bad"], model.Labels);
    }

    [Fact]
    public async Task Classify_OfPicturesThatHaveSeveralLabels_NamesThoseThatApply()
    {
        var package = Package(Scores(DataType.Float), scale: 1 / 255f)
            .With("output", new JsonObject
            {
                ["tensor"] = "logits",
                ["activation"] = "sigmoid",
                ["labels"] = "labels.txt",
                ["thresholds"] = new JsonArray(0.9, 0.5, 0.1),
            });
        using var folder = new TemporaryFolder();
        using var model = await Models.LoadAsync(package, folder.Path, Cancellation);

        var answer = await new ImageClassifier(ImageClassifier.DefaultMaxPixels)
            .ClassifyAsync(model, package.Files[Sample], 3, Cancellation);

        // All three are a little over one half.
        Assert.Equal(["c", "b"], answer.Labels!);
        Assert.Equal(["c", "b", "a"], answer.Predictions.Select(p => p.Label));
    }

    [Fact]
    public async Task Verify_OfFaultsInFilesAndInTensors_NamesAllAtOnce()
    {
        var package = Package(Scores(DataType.Float)).With(
            "inputs", JsonNode.Parse("""[{"name": "image", "type": "float16", "shape": [-1, 1, 28, 28], "layout": "NCHW"}]"""));
        package
            .With("files", JsonNode.Parse(package.ManifestBytes())!["files"]!.DeepClone())
            .Add("surplus.bin", "x")
            .Add("card.md", "changed");

        var refusal = await RefuseAsync(package);

        Assert.Equal(["card.md", "inputs[0].type", "surplus.bin"], refusal.Faults.Select(f => f.Where).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("samples/a picture.png", true)]
    [InlineData("samples/c++.png", true)]
    [InlineData("my samples/a.png", true)]
    [InlineData(" a.png", false)]
    [InlineData("a .png", true)]
    [InlineData("a  b.png", false)]
    [InlineData("samples/a.png ", false)]
    [InlineData("samples /a.png", false)]
    public void Path_WithSpacesAndPlus_IsOneUnlessTheyStandAtItsEnds(string path, bool isSafe) =>
        Assert.Equal(isSafe, ModelNames.IsSafePath(path));

    private static PackageBuilder Package(ModelProto graph, string type = "float32", float scale = 1)
    {
        var package = PackageBuilder.FromFolder(Digits);
        package.Manifest["name"] = "foreign";
        package.Manifest["inputs"]![0]!["type"] = type;
        package.Manifest["outputs"]![0]!["shape"] = new JsonArray(-1, 3);
        var image = package.Manifest["image"]!.AsObject();
        image["scale"] = scale;
        image.Remove("mean");
        image.Remove("std");
        return package.Add("model.onnx", graph.ToByteArray()).Add("labels.txt", "a\nb\nc");
    }

    private static ModelProto Scores(DataType type) => Graph(type, (builder, pixels) => Three(builder, pixels));

    private static ModelProto Graph(DataType type, Func<GraphBuilder, string, string> scores)
    {
        var builder = new GraphBuilder("foreign");
        builder.Input("image", type, -1, 1, 28, 28);
        var number = builder.Add("Cast", ["image"], Attributes.Int("to", (long)DataType.Float));
        builder.Output("logits", scores(builder, builder.Add("Flatten", number)), DataType.Float, -1, 3);
        return builder.ToModel(8, 18);
    }

    /// <summary>The mean of each row, twice and three times that.</summary>
    private static string Three(GraphBuilder builder, string rows)
    {
        var mean = builder.Add("ReduceMean", [rows, builder.Longs(1)], Attributes.Int("keepdims", 1));
        return builder.Add(
            "Concat",
            [mean, builder.Add("Mul", mean, builder.Float(2)), builder.Add("Mul", mean, builder.Float(3))],
            Attributes.Int("axis", 1));
    }

    private static byte[] Bytes(GraphBuilder builder) => builder.ToModel(8, 18).ToByteArray();

    private async Task<ModelManifest> VerifyAsync(PackageBuilder package)
    {
        using var folder = new TemporaryFolder();
        return await _verifier.VerifyAsync(package.WriteTo(folder.Path), Cancellation);
    }

    private Task<PackageRefusedException> RefuseAsync(PackageBuilder package) =>
        Assert.ThrowsAsync<PackageRefusedException>(() => VerifyAsync(package));
}
