namespace PerCall.Training.Evaluation;

/// <summary>The indices of the highest scores.</summary>
internal static class TopItems
{
    /// <summary>Best first, of equal scores the lower index first; items at negative infinity are left out.</summary>
    /// <param name="scores">By item.</param>
    /// <param name="k">At most so many.</param>
    public static List<int> Of(ReadOnlySpan<float> scores, int k)
    {
        // The worst of the best is on top: most items are turned away by one comparison.
        var best = new PriorityQueue<int, (float Score, int Rank)>(k + 1);
        for (var item = 0; item < scores.Length; item++)
        {
            var score = scores[item];
            if (float.IsNegativeInfinity(score) || (best.Count == k && best.TryPeek(out _, out var worst) && score <= worst.Score))
            {
                continue;
            }

            best.Enqueue(item, (score, -item));
            if (best.Count > k)
            {
                best.Dequeue();
            }
        }

        var items = new List<int>(best.Count);
        while (best.TryDequeue(out var item, out _))
        {
            items.Add(item);
        }

        items.Reverse();
        return items;
    }
}
