namespace PerCall.Inference.Recommend.FoldIn;

/// <summary>Converts a history to the vector of a neighbour method.</summary>
internal static class NeighborFoldIn
{
    /// <summary>Returns the rating's difference from the baseline by item, NaN for items without a rating; then b_u.</summary>
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
    /// Returns the similarity by user, for the most similar users only; then b_u. The similarity of two users is the cosine of their
    /// ratings' differences from the baselines over the common items, reduced when these are few.
    /// </summary>
    public static float[] ByUsers(RecommenderData data, IReadOnlyList<RatedItem> history)
    {
        // Koren (2010): a similarity from n common items is multiplied by (n − 1) ÷ (n − 1 + this).
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

    /// <summary>
    /// Returns b_u: the mean difference from μ + b_i, with the ridge as a number of additional ratings with difference 0.
    /// </summary>
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
