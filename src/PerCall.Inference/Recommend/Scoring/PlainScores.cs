using System.Numerics.Tensors;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Recommend.Scoring;

/// <summary>The methods' formulas without a graph, as a reference for a written graph.</summary>
internal static class PlainScores
{
    /// <summary>Returns the vector of a user from training, in the form of the graph's input.</summary>
    public static float[] VectorOf(RecommenderData data, int user)
    {
        if (data.HasFactors())
        {
            return data.UserVectors.Row(user, data.Dimensions).ToArray();
        }

        var vector = new float[data.VectorLength()];
        vector[^1] = data.UserBiases.Span[user];
        if (data.Method == RecommenderMethod.UserNeighbors)
        {
            var neighbors = data.Neighbors.Row(user, data.NeighborCount);
            var similarities = data.Similarities.Row(user, data.NeighborCount);
            for (var k = 0; k < neighbors.Length; k++)
            {
                vector[neighbors[k]] += similarities[k];
            }

            return vector;
        }

        vector.AsSpan(0, data.Items.Count).Fill(float.NaN);
        var (items, ratings) = data.HistoryOf(user);
        for (var i = 0; i < items.Length; i++)
        {
            var item = items.Span[i];
            vector[item] = ratings.Span[i] - (data.Mean + vector[^1] + data.ItemBiases.Span[item]);
        }

        return vector;
    }

    /// <summary>Returns [items]: the score of every item for a vector.</summary>
    public static float[] Of(RecommenderData data, ReadOnlySpan<float> vector) => data.Method switch
    {
        RecommenderMethod.ItemNeighbors => ByItems(data, vector),
        RecommenderMethod.UserNeighbors => ByUsers(data, vector),
        _ => ByFactors(data, vector),
    };

    private static float[] ByFactors(RecommenderData data, ReadOnlySpan<float> vector)
    {
        var scores = new float[data.Items.Count];
        for (var item = 0; item < scores.Length; item++)
        {
            scores[item] = TensorPrimitives.Dot(data.ItemVectors.Row(item, data.Dimensions), vector);
        }

        return scores;
    }

    private static float[] ByItems(RecommenderData data, ReadOnlySpan<float> vector)
    {
        var scores = new float[data.Items.Count];
        for (var item = 0; item < scores.Length; item++)
        {
            var neighbors = data.Neighbors.Row(item, data.NeighborCount);
            var similarities = data.Similarities.Row(item, data.NeighborCount);
            var (weighted, weights) = (0.0, 0.0);
            for (var k = 0; k < neighbors.Length; k++)
            {
                var residual = vector[neighbors[k]];
                if (!float.IsNaN(residual))
                {
                    weighted += similarities[k] * (double)residual;
                    weights += Math.Abs(similarities[k]);
                }
            }

            scores[item] = Score(data, vector[^1], item, weighted, weights);
        }

        return scores;
    }

    private static float[] ByUsers(RecommenderData data, ReadOnlySpan<float> vector)
    {
        var weighted = new double[data.Items.Count];
        var weights = new double[data.Items.Count];
        for (var user = 0; user < data.Users.Count; user++)
        {
            if (vector[user] == 0)
            {
                continue;
            }

            var (items, ratings) = data.HistoryOf(user);
            for (var i = 0; i < items.Length; i++)
            {
                var item = items.Span[i];
                weighted[item] += vector[user] * (double)(
                    ratings.Span[i] - (data.Mean + data.UserBiases.Span[user] + data.ItemBiases.Span[item]));
                weights[item] += Math.Abs(vector[user]);
            }
        }

        var userBias = vector[^1];
        return [.. Enumerable.Range(0, data.Items.Count).Select(i => Score(data, userBias, i, weighted[i], weights[i]))];
    }

    private static float Score(RecommenderData data, float userBias, int item, double weighted, double weights)
    {
        var sum = weights + data.Shrinkage;
        return (float)(data.Mean + userBias + data.ItemBiases.Span[item] + (sum > 0 ? weighted / sum : 0));
    }
}
