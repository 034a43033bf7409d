namespace PerCall.Training.Factorization;

/// <summary>Puts mean, biases and factors into vectors of factors + 2, so that an estimate is one dot product.</summary>
internal static class BiasedModel
{
    /// <summary>user = [p, 1, μ + b_u], item = [q, b_i, 1]. Who has no ratings is estimated by the rest alone.</summary>
    /// <param name="mean">μ</param>
    /// <param name="users">p and b_u, by row.</param>
    /// <param name="items">q and b_i, by row.</param>
    /// <param name="userRows">The row of each user, by index.</param>
    /// <param name="itemRows">The row of each item, by index.</param>
    public static FactorModel Compose(float mean, FactorTable users, FactorTable items, int[] userRows, int[] itemRows)
    {
        var dimensions = users.Factors + 2;
        var userVectors = new float[users.Rows * dimensions];
        var itemVectors = new float[items.Rows * dimensions];
        for (var user = 0; user < users.Rows; user++)
        {
            var vector = userVectors.AsSpan(user * dimensions, dimensions);
            users[userRows[user]].CopyTo(vector);
            (vector[^2], vector[^1]) = (1, mean + users.Biases[userRows[user]]);
        }

        for (var item = 0; item < items.Rows; item++)
        {
            var vector = itemVectors.AsSpan(item * dimensions, dimensions);
            items[itemRows[item]].CopyTo(vector);
            (vector[^2], vector[^1]) = (items.Biases[itemRows[item]], 1);
        }

        return new(dimensions, userVectors, itemVectors);
    }
}
