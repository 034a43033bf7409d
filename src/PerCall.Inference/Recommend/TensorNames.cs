using PerCall.Inference.Packages;

namespace PerCall.Inference.Recommend;

/// <summary>The inputs and outputs of a recommender's graph.</summary>
internal static class TensorNames
{
    public const string User = "user";
    public const string Vector = "vector";
    public const string Candidates = "candidates";
    public const string Excluded = "excluded";
    public const string Count = "count";
    public const string Items = "items";
    public const string Scores = "scores";

    /// <summary>Returns the inputs in order; <paramref name="vectorLength"/> is -1 when it is not known.</summary>
    public static IReadOnlyList<TensorDescription> Inputs(int vectorLength) =>
    [
        new() { Name = User, Type = TensorType.Int64, Shape = [1] },
        new() { Name = Vector, Type = TensorType.Float32, Shape = [1, vectorLength] },
        new() { Name = Candidates, Type = TensorType.Int64, Shape = [-1] },
        new() { Name = Excluded, Type = TensorType.Int64, Shape = [-1] },
        new() { Name = Count, Type = TensorType.Int64, Shape = [1] },
    ];

    public static IReadOnlyList<TensorDescription> Outputs { get; } =
    [
        new() { Name = Items, Type = TensorType.Int64, Shape = [-1] },
        new() { Name = Scores, Type = TensorType.Float32, Shape = [-1] },
    ];
}
