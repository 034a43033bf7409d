using Google.Protobuf;
using PerCall.Inference.Onnx.Graph;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;
using PerCall.Inference.Sessions;
using DataType = PerCall.Inference.Onnx.Graph.TensorProto.Types.DataType;

namespace PerCall.Testing.Packages;

/// <summary>Loaded models around graphs of no task, for calls with tensors.</summary>
public static class TensorModels
{
    // Numbers of the ONNX specification. Graphs that PerCall builds itself need only some of them.
    private static readonly Dictionary<TensorType, DataType> Types = new()
    {
        [TensorType.Float32] = (DataType)1,
        [TensorType.UInt8] = (DataType)2,
        [TensorType.Int8] = (DataType)3,
        [TensorType.UInt16] = (DataType)4,
        [TensorType.Int16] = (DataType)5,
        [TensorType.Int32] = (DataType)6,
        [TensorType.Int64] = (DataType)7,
        [TensorType.String] = (DataType)8,
        [TensorType.Bool] = (DataType)9,
        [TensorType.Float16] = (DataType)10,
        [TensorType.Float64] = (DataType)11,
        [TensorType.UInt32] = (DataType)12,
        [TensorType.UInt64] = (DataType)13,
    };

    /// <summary>A graph that returns its input <c>x</c> as <c>y</c>.</summary>
    public static LoadedModel Identity(string folder, TensorType type, params int[] shape)
    {
        var builder = new GraphBuilder("identity");
        builder.Input("x", Types[type], [.. shape.Select(d => (long)d)]);
        builder.Output("y", "x", Types[type], [.. shape.Select(d => (long)d)]);
        return Load(folder, builder.ToModel(8, 18), new TensorDescription { Name = "x", Type = type, Shape = shape });
    }

    /// <summary>
    /// Inputs <c>a</c> and <c>b</c> (float32, [-1, 2]). Outputs: <c>quotient</c>; <c>sum</c>; <c>half</c>, the sum as float16; and
    /// <c>list</c>, a sequence.
    /// </summary>
    public static LoadedModel Pair(string folder)
    {
        var builder = new GraphBuilder("pair");
        builder.Input("a", DataType.Float, -1, 2);
        builder.Input("b", DataType.Float, -1, 2);
        var sum = builder.Add("Add", "a", "b");
        builder.Output("quotient", builder.Add("Div", "a", "b"), DataType.Float, -1, 2);
        builder.Output("sum", sum, DataType.Float, -1, 2);
        var half = Types[TensorType.Float16];
        builder.Output("half", builder.Add("Cast", [sum], Attributes.Int("to", (long)half)), half, -1, 2);
        var graph = builder.ToModel(8, 18);
        graph.Graph.Node.Add(new NodeProto { OpType = "SequenceConstruct", Input = { sum }, Output = { "list" } });
        // Its type follows from the operator.
        graph.Graph.Output.Add(new ValueInfoProto { Name = "list" });
        int[] shape = [-1, 2];
        return Load(
            folder, graph, new TensorDescription { Name = "a", Type = TensorType.Float32, Shape = shape },
            new TensorDescription { Name = "b", Type = TensorType.Float32, Shape = shape });
    }

    private static LoadedModel Load(string folder, ModelProto graph, params TensorDescription[] inputs)
    {
        var file = Path.Combine(folder, $"{Guid.NewGuid():n}.onnx");
        File.WriteAllBytes(file, graph.ToByteArray());
        var manifest = new ModelManifest
        {
            Schema = 1,
            Name = "tensors",
            Version = "1",
            Task = ModelTask.ImageClassification,
            Description = "For tests",
            License = "MIT",
            Unit = PriceUnit.Image,
            Files = new Dictionary<string, string>(),
            Inputs = inputs,
        };
        return new(manifest, new ModelSession(file, manifest, threads: 1), [], new RunQueue("tensors/1", 1, 8), bytes: 1);
    }
}
