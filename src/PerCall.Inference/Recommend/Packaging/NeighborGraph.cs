using PerCall.Inference.Onnx.Graph;

namespace PerCall.Inference.Recommend.Packaging;

/// <summary>
/// The common part of neighbour methods: a score is a baseline plus the weighted mean of the neighbours' differences from their baselines.
/// The vector ends in b_u.
/// </summary>
internal abstract class NeighborGraph(GraphBuilder graph, RecommenderData data) : TopItemsGraph(graph, data)
{
    /// <summary>Prevents 0 ÷ 0 when no neighbour contributes; far below any meaningful sum of similarities.</summary>
    private const float Tiny = 1e-9f;

    /// <summary>[1]: μ + b_u.</summary>
    private string _userBaseline = "";

    /// <summary>Number of elements of the vector before b_u.</summary>
    protected abstract int Length { get; }

    /// <summary>Adds the vector of a user from training, without b_u.</summary>
    protected abstract string Known(GraphBuilder branch, string user, string userBias);

    /// <summary>Prepares the values that scoring needs from the vector.</summary>
    protected abstract void Prepare(string vector);

    public sealed override int VectorLength => Length + 1;

    protected sealed override void Prepare(string user, string isNobody, string vector)
    {
        var flat = Graph.If(
            isNobody,
            branch => [branch.Add("Reshape", vector, branch.Longs(-1))],
            branch =>
            {
                var bias = branch.Add("Gather", ArrayNames.UserBiases, user);
                return [branch.Add("Concat", [Known(branch, user, bias), bias], Attributes.Int("axis", 0))];
            },
            TensorProto.Types.DataType.Float)[0];
        var end = Graph.Longs(Length);
        _userBaseline = Graph.Add("Add", Graph.Add("Slice", flat, end, Graph.Longs(Length + 1)), ArrayNames.Mean);
        Prepare(Graph.Add("Slice", flat, Graph.Longs(0), end));
    }

    /// <summary>μ + b_u + b_i + weighted ÷ (weights + shrinkage).</summary>
    protected string Score(GraphBuilder branch, string itemBiases, string weighted, string weights)
    {
        var sum = branch.Add("Max", branch.Add("Add", weights, branch.Float(Data.Shrinkage)), branch.Float(Tiny));
        return branch.Add("Add", branch.Add("Add", itemBiases, _userBaseline), branch.Add("Div", weighted, sum));
    }
}
