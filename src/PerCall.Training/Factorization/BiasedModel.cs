using System.Numerics.Tensors;
using PerCall.Training.Ratings;

namespace PerCall.Training.Factorization;

/// <summary>Packs mean, biases and factors into vectors of factors + 2, so that an estimate is one dot product.</summary>
internal static class BiasedModel
{
    /// <summary>
    /// Returns user = [p, 1, μ + b_u] and item = [q, b_i, 1]. For a user or item without ratings, only the remaining terms contribute.
    /// </summary>
    /// <param name="norm">The normalisation used in training; the resulting vectors are in units of ratings.</param>
    /// <param name="users">p and b_u, by row.</param>
    /// <param name="items">q and b_i, by row.</param>
    /// <param name="userRows">The row of each user, by index.</param>
    /// <param name="itemRows">The row of each item, by index.</param>
    /// <param name="regularization">λ of the factors in training.</param>
    public static FactorModel Compose(
        RatingNorm norm, FactorTable users, FactorTable items, int[] userRows, int[] itemRows, float regularization)
    {
        var dimensions = users.Factors + 2;
        // Each of the two vectors takes the square root of the product's scale.
        var factorScale = MathF.Sqrt(norm.Deviation);
        var userVectors = new float[users.Rows * dimensions];
        var itemVectors = new float[items.Rows * dimensions];
        for (var user = 0; user < users.Rows; user++)
        {
            var vector = userVectors.AsSpan(user * dimensions, dimensions);
            TensorPrimitives.Multiply(users[userRows[user]], factorScale, vector);
            (vector[^2], vector[^1]) = (1, norm.Mean + (norm.Deviation * users.Biases[userRows[user]]));
        }

        for (var item = 0; item < items.Rows; item++)
        {
            var vector = itemVectors.AsSpan(item * dimensions, dimensions);
            TensorPrimitives.Multiply(items[itemRows[item]], factorScale, vector);
            (vector[^2], vector[^1]) = (norm.Deviation * items.Biases[itemRows[item]], 1);
        }

        // (e ÷ σ)² + λ ‖p‖² ÷ σ equals e² + λ σ ‖p‖² up to the factor σ².
        return new(dimensions, userVectors, itemVectors) { Regularization = regularization * norm.Deviation };
    }

    /// <summary>Returns only the factors of a table [rows × factors], scaled like those of the composed vectors.</summary>
    public static float[] Factors(RatingNorm norm, FactorTable table)
    {
        var factors = new float[table.Rows * table.Factors];
        for (var row = 0; row < table.Rows; row++)
        {
            TensorPrimitives.Multiply(table[row], MathF.Sqrt(norm.Deviation), factors.AsSpan(row * table.Factors, table.Factors));
        }

        return factors;
    }
}
