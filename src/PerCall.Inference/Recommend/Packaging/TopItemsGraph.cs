using PerCall.Inference.Onnx.Graph;
using PerCall.Inference.Recommend.Arrays;
using DataType = PerCall.Inference.Onnx.Graph.TensorProto.Types.DataType;

namespace PerCall.Inference.Recommend.Packaging;

/// <summary>
/// What all recommenders' graphs have in common: <c>user</c>, <c>vector</c>, <c>candidates</c>, <c>excluded</c> and <c>count</c> go in, the
/// best items and their scores come out. How items are scored is for a derived graph to say.
/// </summary>
/// <param name="graph">The graph that is built.</param>
/// <param name="data">The recommender.</param>
internal abstract class TopItemsGraph(GraphBuilder graph, RecommenderData data)
{
    /// <summary>Of the default domain; with IR version 8 it is what ONNX 1.12 brought, and every runtime of the last years has.</summary>
    public const int Opset = 17;

    private const long IrVersion = 8;

    protected GraphBuilder Graph => graph;

    protected RecommenderData Data => data;

    /// <summary>Elements of <c>vector</c>.</summary>
    public abstract int VectorLength { get; }

    /// <summary>The arrays of the data file that the graph takes as weights.</summary>
    protected abstract IReadOnlyList<string> Weights { get; }

    /// <summary>
    /// For the user at hand, from <c>user</c> or <c>vector</c>: what the scores are computed from, outside of any branch.
    /// </summary>
    protected abstract void Prepare(string user, string isNobody, string vector);

    /// <summary>[items]: the score of every item.</summary>
    protected abstract string ScoreAll(GraphBuilder branch);

    /// <summary>[candidates]: the scores of some items.</summary>
    protected abstract string ScoreSome(GraphBuilder branch, string candidates);

    /// <summary>Builds the graph.</summary>
    /// <param name="file">The data file, as the graph shall name it.</param>
    /// <param name="arrays">Where its arrays lie.</param>
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

        // Where fewer items are left than were asked for, the excluded ones stand at the end.
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
