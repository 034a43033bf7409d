using PerCall.Inference.Onnx.Graph;
using PerCall.Inference.Recommend.Arrays;
using DataType = PerCall.Inference.Onnx.Graph.TensorProto.Types.DataType;

namespace PerCall.Inference.Recommend.Packaging;

/// <summary>
/// The common part of all recommenders' graphs. Inputs: <c>user</c>, <c>vector</c>, <c>candidates</c>, <c>excluded</c> and <c>count</c>.
/// Outputs: the best items and their scores. A derived class defines how items are scored.
/// </summary>
/// <param name="graph">The graph to build.</param>
/// <param name="data">The recommender.</param>
internal abstract class TopItemsGraph(GraphBuilder graph, RecommenderData data)
{
    /// <summary>Version of the default domain. With IR version 8 it matches ONNX 1.12, which all recent runtimes support.</summary>
    public const int Opset = 17;

    private const long IrVersion = 8;

    protected GraphBuilder Graph => graph;

    protected RecommenderData Data => data;

    /// <summary>Number of elements of <c>vector</c>.</summary>
    public abstract int VectorLength { get; }

    /// <summary>The arrays of the data file that the graph uses as weights.</summary>
    protected abstract IReadOnlyList<string> Weights { get; }

    /// <summary>
    /// Adds, outside of any branch, the values that scores are computed from, for the user given by <c>user</c> or <c>vector</c>.
    /// </summary>
    protected abstract void Prepare(string user, string isNobody, string vector);

    /// <summary>[items]: adds the score of every item.</summary>
    protected abstract string ScoreAll(GraphBuilder branch);

    /// <summary>[candidates]: adds the scores of some items.</summary>
    protected abstract string ScoreSome(GraphBuilder branch, string candidates);

    /// <summary>Builds the graph.</summary>
    /// <param name="file">The path of the data file in the graph.</param>
    /// <param name="arrays">The locations of its arrays.</param>
    public ModelProto Build(string file, IReadOnlyDictionary<string, TensorLocation> arrays)
    {
        foreach (var name in Weights)
        {
            var array = arrays[name];
            graph.External(
                name, array.Type switch { "F32" => DataType.Float, "I32" => DataType.Int32, _ => DataType.Int64 }, array.Shape, file,
                array.Offset, array.Length);
        }

        var user = graph.Input(TensorNames.User, DataType.Int64, 1);
        var vector = graph.Input(TensorNames.Vector, DataType.Float, 1, VectorLength);
        var candidates = graph.Input(TensorNames.Candidates, DataType.Int64, -1);
        var excluded = graph.Input(TensorNames.Excluded, DataType.Int64, -1);
        var count = graph.Input(TensorNames.Count, DataType.Int64, 1);

        var zero = graph.Longs(0);
        Prepare(graph.Add("Max", user, zero), graph.Add("Less", user, zero), vector);

        var never = graph.Float(float.NegativeInfinity);
        var nevers = graph.Add("Expand", never, graph.Add("Shape", excluded));
        var everyItem = graph.Add("Equal", graph.Add("Shape", candidates), zero);
        var top = graph.If(
            everyItem,
            branch => Top(branch, branch.Add("ScatterElements", ScoreAll(branch), excluded, nevers), count),
            branch =>
            {
                var nothing = branch.Add("ConstantOfShape", branch.Longs(data.Items.Count));
                var barred = branch.Add("ScatterElements", nothing, excluded, nevers);
                var scores = branch.Add("Add", ScoreSome(branch, candidates), branch.Add("Gather", barred, candidates));
                return Top(branch, scores, count) is [var best, var at]
                    ? [best, branch.Add("Gather", candidates, at)] : throw new InvalidOperationException();
            },
            DataType.Float, DataType.Int64);

        // When fewer items remain than requested, the excluded ones are at the end.
        var allowed = graph.Add("Greater", top[0], never);
        graph.Output(TensorNames.Items, graph.Add("Compress", top[1], allowed), DataType.Int64, -1);
        graph.Output(TensorNames.Scores, graph.Add("Compress", top[0], allowed), DataType.Float, -1);
        return graph.ToModel(IrVersion, Opset);
    }

    private static string[] Top(GraphBuilder branch, string scores, string count)
    {
        var most = branch.Add("Min", count, branch.Add("Shape", scores));
        return branch.Add("TopK", [scores, most], [Attributes.Int("largest", 1), Attributes.Int("sorted", 1)], 2);
    }
}
