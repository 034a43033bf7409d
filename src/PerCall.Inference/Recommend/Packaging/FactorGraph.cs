using PerCall.Inference.Onnx.Graph;

namespace PerCall.Inference.Recommend.Packaging;

/// <summary>The graph of factor methods: a score is the dot product of a user's and an item's vector.</summary>
internal sealed class FactorGraph(GraphBuilder graph, RecommenderData data) : TopItemsGraph(graph, data)
{
    private string _column = "";

    public override int VectorLength => Data.Dimensions;

    protected override IReadOnlyList<string> Weights => [ArrayNames.ItemVectors, ArrayNames.UserVectors];

    protected override void Prepare(string user, string isNobody, string vector)
    {
        var known = Graph.Add("Gather", ArrayNames.UserVectors, user);
        var row = Graph.Add("Where", isNobody, vector, known);
        _column = Graph.Add("Reshape", row, Graph.Longs(-1, 1));
    }

    // The matrix is the left operand: ONNX Runtime keeps a reordered copy of a constant right operand.
    protected override string ScoreAll(GraphBuilder branch) => Score(branch, ArrayNames.ItemVectors);

    protected override string ScoreSome(GraphBuilder branch, string candidates) =>
        Score(branch, branch.Add("Gather", ArrayNames.ItemVectors, candidates));

    private string Score(GraphBuilder branch, string rows) => branch.Add("Reshape", branch.Add("MatMul", rows, _column), branch.Longs(-1));
}
