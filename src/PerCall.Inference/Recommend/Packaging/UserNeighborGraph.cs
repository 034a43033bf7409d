using PerCall.Inference.Onnx.Graph;

namespace PerCall.Inference.Recommend.Packaging;

/// <summary>
/// The graph of user neighbours. Its vector has the similarity by user, 0 for users that do not contribute; then b_u.
/// </summary>
internal sealed class UserNeighborGraph(GraphBuilder graph, RecommenderData data) : NeighborGraph(graph, data)
{
    private string _similarities = "";

    protected override IReadOnlyList<string> Weights =>
    [
        ArrayNames.Neighbors, ArrayNames.Similarities, ArrayNames.ItemBiases, ArrayNames.UserBiases, ArrayNames.Mean,
        ArrayNames.HistoryItems, ArrayNames.HistoryUsers, ArrayNames.HistoryResiduals,
    ];

    protected override int Length => Data.Users.Count;

    protected override string Known(GraphBuilder branch, string user, string userBias)
    {
        var flat = branch.Longs(-1);
        var neighbors = branch.Add("Reshape", branch.Add("Gather", ArrayNames.Neighbors, user), flat);
        var similarities = branch.Add("Reshape", branch.Add("Gather", ArrayNames.Similarities, user), flat);
        return SumBy(branch, Length, neighbors, similarities);
    }

    protected override void Prepare(string vector) => _similarities = vector;

    protected override string ScoreAll(GraphBuilder branch)
    {
        var says = branch.Add("Gather", _similarities, ArrayNames.HistoryUsers);
        var weighted = SumBy(branch, Data.Items.Count, ArrayNames.HistoryItems, branch.Add("Mul", says, ArrayNames.HistoryResiduals));
        var weights = SumBy(branch, Data.Items.Count, ArrayNames.HistoryItems, branch.Add("Abs", says));
        return Score(branch, ArrayNames.ItemBiases, weighted, weights);
    }

    protected override string ScoreSome(GraphBuilder branch, string candidates) => branch.Add("Gather", ScoreAll(branch), candidates);

    /// <summary>
    /// Adds values rather than setting them: a place may occur repeatedly, and an unused one names the first with similarity 0.
    /// </summary>
    private static string SumBy(GraphBuilder branch, int length, string places, string values) => branch.Add(
        "ScatterElements", [branch.Add("ConstantOfShape", branch.Longs(length)), places, values], Attributes.String("reduction", "add"));
}
