using System.Numerics.Tensors;

namespace PerCall.Training.Factorization;

/// <summary>Users and items as vectors whose dot product is the score.</summary>
/// <param name="dimensions">Length of a vector.</param>
/// <param name="userVectors">[users × dimensions]</param>
/// <param name="itemVectors">[items × dimensions]</param>
internal sealed class FactorModel(int dimensions, float[] userVectors, float[] itemVectors) : IRecommender
{
    public int Dimensions => dimensions;

    public float[] UserVectors => userVectors;

    public float[] ItemVectors => itemVectors;

    public float Score(int user, int item) => TensorPrimitives.Dot(Row(userVectors, user), Row(itemVectors, item));

    public void ScoreAll(int user, Span<float> scores)
    {
        var vector = Row(userVectors, user);
        for (var item = 0; item < scores.Length; item++)
        {
            scores[item] = TensorPrimitives.Dot(vector, Row(itemVectors, item));
        }
    }

    private ReadOnlySpan<float> Row(float[] vectors, int row) => vectors.AsSpan(row * dimensions, dimensions);
}
