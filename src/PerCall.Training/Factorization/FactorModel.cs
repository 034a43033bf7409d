using System.Numerics.Tensors;

namespace PerCall.Training.Factorization;

/// <summary>Users and items as vectors whose dot product is the score.</summary>
/// <param name="Dimensions">Length of a vector.</param>
/// <param name="UserVectors">[users × <paramref name="Dimensions"/>]</param>
/// <param name="ItemVectors">[items × <paramref name="Dimensions"/>]</param>
internal sealed record FactorModel(int Dimensions, float[] UserVectors, float[] ItemVectors) : IRecommender
{
    /// <summary>For SVD++: y [items × (dimensions − 2)].</summary>
    public float[]? ImplicitItemVectors { get; init; }

    /// <summary>λ for folding in users who were not in training, in units of the original ratings.</summary>
    public required float Regularization { get; init; }

    /// <summary>For implicit ALS: α.</summary>
    public float Confidence { get; init; } = 1;

    public float Score(int user, int item) => TensorPrimitives.Dot(Row(UserVectors, user), Row(ItemVectors, item));

    public void ScoreAll(int user, Span<float> scores)
    {
        var vector = Row(UserVectors, user);
        for (var item = 0; item < scores.Length; item++)
        {
            scores[item] = TensorPrimitives.Dot(vector, Row(ItemVectors, item));
        }
    }

    private ReadOnlySpan<float> Row(float[] vectors, int row) => vectors.AsSpan(row * Dimensions, Dimensions);
}
