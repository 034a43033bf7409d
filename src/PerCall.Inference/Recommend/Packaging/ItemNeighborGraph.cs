using PerCall.Inference.Onnx.Graph;
using DataType = PerCall.Inference.Onnx.Graph.TensorProto.Types.DataType;

namespace PerCall.Inference.Recommend.Packaging;

/// <summary>
/// The graph of item neighbours. Its vector has, by item, the rating's difference from the baseline, NaN for items without a rating; then
/// b_u.
/// </summary>
internal sealed class ItemNeighborGraph(GraphBuilder graph, RecommenderData data) : NeighborGraph(graph, data)
{
    private string _residuals = "";
    private string _rated = "";

    protected override IReadOnlyList<string> Weights =>
    [
        ArrayNames.Neighbors, ArrayNames.Similarities, ArrayNames.ItemBiases, ArrayNames.UserBiases, ArrayNames.Mean,
        ArrayNames.HistoryOffsets, ArrayNames.HistoryItems, ArrayNames.HistoryRatings,
    ];

    protected override int Length => Data.Items.Count;

    protected override string Known(GraphBuilder branch, string user, string userBias)
    {
        var from = branch.Add("Gather", ArrayNames.HistoryOffsets, user);
        var to = branch.Add("Gather", ArrayNames.HistoryOffsets, branch.Add("Add", user, branch.Longs(1)));
        var items = branch.Add("Slice", ArrayNames.HistoryItems, from, to);
        var ratings = branch.Add("Slice", ArrayNames.HistoryRatings, from, to);
        var userBaseline = branch.Add("Add", userBias, ArrayNames.Mean);
        var baselines = branch.Add("Add", branch.Add("Gather", ArrayNames.ItemBiases, items), userBaseline);
        var none = branch.Add("Expand", branch.Float(float.NaN), branch.Longs(Length));
        return branch.Add("ScatterElements", none, items, branch.Add("Sub", ratings, baselines));
    }

    protected override void Prepare(string vector)
    {
        var isRated = Graph.Add("Not", Graph.Add("IsNaN", vector));
        _residuals = Graph.Add("Where", isRated, vector, Graph.Float(0));
        _rated = Graph.Add("Cast", [isRated], Attributes.Int("to", (long)DataType.Float));
    }

    protected override string ScoreAll(GraphBuilder branch) =>
        ScoreRows(branch, ArrayNames.Neighbors, ArrayNames.Similarities, ArrayNames.ItemBiases);

    protected override string ScoreSome(GraphBuilder branch, string candidates) => ScoreRows(
        branch,
        branch.Add("Gather", ArrayNames.Neighbors, candidates),
        branch.Add("Gather", ArrayNames.Similarities, candidates),
        branch.Add("Gather", ArrayNames.ItemBiases, candidates));

    private string ScoreRows(GraphBuilder branch, string neighbors, string similarities, string biases) => Score(
        branch,
        biases,
        Sum(branch, branch.Add("Mul", similarities, branch.Add("Gather", _residuals, neighbors))),
        Sum(branch, branch.Add("Mul", branch.Add("Abs", similarities), branch.Add("Gather", _rated, neighbors))));

    private static string Sum(GraphBuilder branch, string rows) =>
        branch.Add("ReduceSum", [rows, branch.Longs(1)], Attributes.Int("keepdims", 0));
}
