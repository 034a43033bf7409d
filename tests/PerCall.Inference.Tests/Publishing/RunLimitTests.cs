using System.Text.Json.Nodes;
using Google.Protobuf;
using PerCall.Inference.Images;
using PerCall.Inference.Onnx.Graph;
using PerCall.Inference.Publishing;
using PerCall.Inference.Registry;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;
using DataType = PerCall.Inference.Onnx.Graph.TensorProto.Types.DataType;

namespace PerCall.Inference.Tests.Publishing;

/// <summary>A graph whose run never ends.</summary>
public sealed class RunLimitTests
{
    private const DataType Bool = (DataType)9;
    private static readonly string Digits = Path.Combine(Repository.Models, "digits", "1");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Verify_GraphThatNeverEnds_IsRefusedAtTheTimeLimit()
    {
        var refusal = await Assert.ThrowsAsync<PackageRefusedException>(
            () => VerifyAsync(Endless(), new PackageLimits { MaxTime = TimeSpan.FromMilliseconds(200) }, Cancellation));

        var fault = Assert.Single(refusal.Faults);
        Assert.Equal(
            ("model.onnx", true), (fault.Where, fault.Problem.StartsWith("exceeds the time limit of 0.2 s", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Verify_WhoseCallerHasGone_EndsTheRun()
    {
        using var gone = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => VerifyAsync(Endless(), new PackageLimits(), gone.Token));
    }

    [Fact]
    public async Task Run_LongerThanItsManifestAllows_FailsAndTheModelStaysInUse()
    {
        using var folder = new TemporaryFolder();
        using var model = await Models.LoadAsync(Endless(onlyWhereBright: true), folder.Path, Cancellation);
        var classifier = new ImageClassifier(ImageClassifier.DefaultMaxPixels);
        byte[] row = [0, .. Enumerable.Repeat((byte)255, 3 * 28)];
        var white = Png.OfRgb(28, 28, [.. Enumerable.Repeat(row, 28).SelectMany(r => r)]);

        var failure = await Assert.ThrowsAsync<ModelFailedException>(
            () => classifier.ClassifyAsync(model, white, 3, Cancellation).AsTask());

        Assert.Equal("model_failed", failure.Code);
        Assert.Contains("the run exceeded its limit of 1 s", failure.Message, StringComparison.Ordinal);
        Assert.Equal(3, (await classifier.ClassifyAsync(model, Png.Black(28), 3, Cancellation)).Predictions.Count);
    }

    [Fact]
    public async Task Verify_OfAGraphThatNeedsMoreMemoryThanRunsMayHave_IsRefused()
    {
        var builder = new GraphBuilder("large");
        builder.Input("image", DataType.Float, -1, 1, 28, 28);
        // Of the input, so that it is not computed when the graph is loaded: 12 GB of zeros.
        var count = builder.Add("ReduceProd", [builder.Add("Shape", "image")], Attributes.Int("keepdims", 1));
        var zeros = builder.Add("ConstantOfShape", builder.Add("Mul", count, builder.Longs(4_000_000)));
        var nothing = builder.Add("ReduceMean", [zeros], Attributes.Int("keepdims", 1));
        var mean = builder.Add("ReduceMean", [builder.Add("Flatten", "image"), builder.Longs(1)], Attributes.Int("keepdims", 1));
        var three = builder.Add("Concat", [mean, mean, mean], Attributes.Int("axis", 1));
        builder.Output("logits", builder.Add("Add", three, nothing), DataType.Float, -1, 3);

        var refusal = await Assert.ThrowsAsync<PackageRefusedException>(
            () => VerifyAsync(Package(builder), new PackageLimits(), Cancellation));

        Assert.Contains(refusal.Faults, f => f.Where == "model.onnx" && f.Problem.Contains("memory", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(121)]
    public async Task Verify_LimitOutOfRange_NamesIt(int seconds)
    {
        var package = PackageBuilder.FromFolder(Digits).With("limits", new JsonObject { ["run_seconds"] = seconds });

        var refusal = await Assert.ThrowsAsync<PackageRefusedException>(() => VerifyAsync(package, new PackageLimits(), Cancellation));

        Assert.Equal(("limits.run_seconds", $"is {seconds}; allowed: 1 to 120."), (refusal.Faults[0].Where, refusal.Faults[0].Problem));
    }

    private static async Task VerifyAsync(PackageBuilder package, PackageLimits limits, CancellationToken cancellation)
    {
        using var folder = new TemporaryFolder();
        var golden = new GoldenCheck(new ImageClassifier(ImageClassifier.DefaultMaxPixels));
        var verifier = new PackageVerifier(new ModelLoader(new ModelRegistryOptions()), golden, limits);
        await verifier.VerifyAsync(package.WriteTo(folder.Path), cancellation);
    }

    /// <summary>
    /// Digits, with a graph that goes round for as long as a picture's mean is above a threshold, which it always is, or above 100.
    /// </summary>
    private static PackageBuilder Endless(bool onlyWhereBright = false)
    {
        var builder = new GraphBuilder("endless");
        builder.Input("image", DataType.Float, -1, 1, 28, 28);
        var rows = builder.Add("Flatten", "image");
        var mean = builder.Add("ReduceMean", [rows, builder.Longs(1)], Attributes.Int("keepdims", 1));
        var all = builder.Add("ReduceMax", [mean], Attributes.Int("keepdims", 0));
        var goes = builder.Add("Greater", all, builder.Add("Squeeze", builder.Float(onlyWhereBright ? 100 : -100)));
        var three = builder.Add("Concat", [mean, mean, mean], Attributes.Int("axis", 1));
        var body = new GraphProto { Name = "body" };
        body.Input.Add(Value("round", DataType.Int64));
        body.Input.Add(Value("goes_in", Bool));
        body.Input.Add(Value("sum_in", DataType.Float, -1, 3));
        body.Node.Add(new NodeProto { OpType = "Identity", Input = { "goes_in" }, Output = { "goes_out" } });
        body.Node.Add(new NodeProto { OpType = "Add", Input = { "sum_in", three }, Output = { "sum_out" } });
        body.Output.Add(Value("goes_out", Bool));
        body.Output.Add(Value("sum_out", DataType.Float, -1, 3));
        var attribute = new AttributeProto { Name = "body", G = body, Type = AttributeProto.Types.AttributeType.Graph };
        var loop = builder.Add("Loop", ["", goes, three], attribute);
        builder.Output("logits", loop, DataType.Float, -1, 3);
        return Package(builder);
    }

    private static PackageBuilder Package(GraphBuilder builder)
    {
        var package = PackageBuilder.FromFolder(Digits);
        package.Manifest["name"] = "endless";
        package.Manifest["limits"] = new JsonObject { ["run_seconds"] = 1 };
        package.Manifest["outputs"]![0]!["shape"] = new JsonArray(-1, 3);
        var image = package.Manifest["image"]!.AsObject();
        image["scale"] = 1;
        image.Remove("mean");
        image.Remove("std");
        return package.Add("model.onnx", builder.ToModel(8, 18).ToByteArray()).Add("labels.txt", "a\nb\nc");
    }

    private static ValueInfoProto Value(string name, DataType type, params long[] shape)
    {
        var dimensions = new TensorShapeProto();
        dimensions.Dim.Add(shape.Select(d => d < 0
            ? new TensorShapeProto.Types.Dimension { DimParam = "n" }
            : new TensorShapeProto.Types.Dimension { DimValue = d }));
        return new() { Name = name, Type = new() { TensorType = new() { ElemType = (int)type, Shape = dimensions } } };
    }
}
