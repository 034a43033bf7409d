namespace PerCall.Inference.Recommend.FoldIn;

/// <summary>A history as the vector of a neighbour method.</summary>
internal static class NeighborFoldIn
{
    /// <summary>By item the rating above the baseline, NaN where there is none; then b_u.</summary>
    public static float[] ByItems(RecommenderData data, IReadOnlyList<RatedItem> history)
    {
        var bias = Bias(data, history);
        var vector = new float[data.Items.Count + 1];
        vector.AsSpan().Fill(float.NaN);
        foreach (var (item, rating) in history)
        {
            vector[item] = rating!.Value - (data.Mean + bias + data.ItemBiases.Span[item]);
        }

        vector[^1] = bias;
        return vector;
    }

    /// <summary>
    /// By user the similarity, of the most alike alone; then b_u. Two users are as alike as the cosine of what they rated above their
    /// baselines, over the items of both, and the fewer these are, the less so.
    /// </summary>
    public static float[] ByUsers(RecommenderData data, IReadOnlyList<RatedItem> history)
    {
        // Koren (2010): a similarity from n common items counts (n − 1) ÷ (n − 1 + this) of itself.
        const float Shrinkage = 25;

        var bias = Bias(data, history);
        var own = history.ToDictionary(h => h.Item, h => (double)h.Rating!.Value - (data.Mean + bias + data.ItemBiases.Span[h.Item]));
        var nearest = new PriorityQueue<int, float>();
        var similarities = new float[data.Users.Count + 1];
        for (var user = 0; user < data.Users.Count; user++)
        {
            var (product, ownSquares, theirSquares, common) = (0.0, 0.0, 0.0, 0);
            var (items, ratings) = data.HistoryOf(user);
            for (var i = 0; i < items.Length; i++)
            {
                var item = items.Span[i];
                if (!own.TryGetValue(item, out var mine))
                {
                    continue;
                }

                var theirs = ratings.Span[i] - (data.Mean + data.UserBiases.Span[user] + data.ItemBiases.Span[item]);
                product += mine * theirs;
                ownSquares += mine * mine;
                theirSquares += theirs * theirs;
                common++;
            }

            if (product > 0 && common > 1)
            {
                similarities[user] = (float)(product / Math.Sqrt(ownSquares * theirSquares) * ((common - 1) / (common - 1 + Shrinkage)));
                nearest.Enqueue(user, similarities[user]);
                if (nearest.Count > data.NeighborCount)
                {
                    similarities[nearest.Dequeue()] = 0;
                }
            }
        }

        similarities[^1] = bias;
        return similarities;
    }

    /// <summary>b_u: the mean of what lies above μ + b_i, drawn towards 0 by the ridge as by so many ratings of nothing.</summary>
    private static float Bias(RecommenderData data, IReadOnlyList<RatedItem> history)
    {
        var sum = 0.0;
        foreach (var (item, rating) in history)
        {
            sum += rating!.Value - (data.Mean + (double)data.ItemBiases.Span[item]);
        }

        return (float)(sum / (history.Count + data.Regularization));
    }
}
