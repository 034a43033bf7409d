using System.Globalization;
using System.Text;
using System.Text.Json;
using PerCall.Inference.Onnx.Graph;
using PerCall.Inference.Outputs;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Tables;
using PerCall.Inference.Tests.Deriving;
using Xunit;
using DataType = PerCall.Inference.Onnx.Graph.TensorProto.Types.DataType;

namespace PerCall.Inference.Tests.Publishing;

/// <summary>Graphs that the runtime does not load, and the reasons that their owner gets.</summary>
public sealed class GraphFaultsTests
{
    [Fact]
    public async Task Load_OfCustomOperators_NamesThem()
    {
        var graph = Graphs.Columns(2, "FancyActivation");
        graph.Graph.Node[0].Domain = "com.example";
        graph.OpsetImport.Add(new Onnx.OperatorSetIdProto { Domain = "com.example", Version = 1 });

        Assert.Equal(
            "uses operators that ONNX Runtime does not have: com.example:FancyActivation. Export the graph without custom operators, and "
                + "do their work before or after the graph.",
            await FaultAsync(graph));
    }

    [Fact]
    public async Task Load_OfALaterFileFormat_NamesBothVersions()
    {
        var graph = Graphs.Columns(2);
        graph.IrVersion = 99;

        Assert.Matches(
            "^has the IR version 99; allowed: at most [0-9]+\\. Export it with an older version of the onnx package, or set ir_version\\.$",
            await FaultAsync(graph));
    }

    [Fact]
    public async Task Load_OfALaterOperatorSet_NamesBothVersions()
    {
        var graph = Graphs.Columns(2);
        graph.OpsetImport[0].Version = 99;

        Assert.Matches(
            "^imports the operator set 99 of ai\\.onnx; allowed: at most [0-9]+\\. Export it with an older opset\\.$",
            await FaultAsync(graph));
    }

    [Fact]
    public async Task Load_OfAnUnknownOperator_GivesTheRuntimesReason() =>
        Assert.Contains("NoSuchThing", await FaultAsync(Graphs.Columns(2, "NoSuchThing")), StringComparison.Ordinal);

    [Fact]
    public async Task Load_OfWeightsInAMissingFile_NamesIt()
    {
        var builder = new GraphBuilder("external");
        var row = builder.Input("input", DataType.Float, -1, 2);
        var weights = builder.External("w", DataType.Float, [2], "model.onnx.data", 0, 8);
        builder.Output("output", builder.Add("Add", row, weights), DataType.Float, -1, 2);

        Assert.Equal(
            "keeps weights in 'model.onnx.data', which is not in the package; add the file beside the graph, under that name.",
            await FaultAsync(builder.ToModel(8, 17)));
    }

    [Fact]
    public async Task Derive_OfDynamicQuantization_SaysWhatItMeans()
    {
        var builder = new GraphBuilder("quantized");
        var row = builder.Input("input", DataType.Float, -1, 2);
        var parts = builder.Add("DynamicQuantizeLinear", [row], [], 3);
        builder.Output("output", builder.Add("DequantizeLinear", parts), DataType.Float, -1, 2);
        using var folder = new DerivedFolder(builder.ToModel(8, 17)).Add("labels.txt", "a\nb");

        var derived = await folder.DeriveAsync();

        Assert.StartsWith("The graph quantizes dynamically: ", Assert.Single(derived.Notes), StringComparison.Ordinal);
        Assert.Equal(1, derived.Manifest.Limits.Batch);
        using var model = await folder.LoadAsync();
        TableRow[] rows = [Row(0.1, 0.2), Row(0, 1000)];
        // Together, the large value would leave no step between the small ones.
        var alone = ModelRunner.Run(model, [rows[0]], new(), TestContext.Current.CancellationToken);
        var together = ModelRunner.Run(model, rows, new(), TestContext.Current.CancellationToken);
        Assert.Equal(ScoresOf(alone), ScoresOf(together));
        Assert.NotEqual(ScoresOf(alone)[0], ScoresOf(alone)[1]);
    }

    private static TableRow Row(double one, double two)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $$"""{"column_1": {{one}}, "column_2": {{two}}}""")));
        reader.Read();
        return TableRow.Read(ref reader);
    }

    private static float[] ScoresOf(ModelRun run) =>
        [.. ((LabelsOutput)run.Rows[0].Require()).Predictions.OrderBy(p => p.Label, StringComparer.Ordinal).Select(p => p.Score)];

    private static async Task<string> FaultAsync(ModelProto graph)
    {
        using var folder = new DerivedFolder(graph).Add("labels.txt", "a\nb");
        var fault = Assert.Single((await folder.RefuseAsync()).Faults);
        Assert.Equal("model.onnx", fault.Where);
        return fault.Problem;
    }
}
