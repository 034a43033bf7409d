namespace PerCall.Training.Evaluation;

/// <summary>Selects the indices of the highest scores.</summary>
internal static class TopItems
{
    /// <summary>Returns indices, best first; of equal scores, the lower index first. Items at negative infinity are omitted.</summary>
    /// <param name="scores">Scores by item.</param>
    /// <param name="k">Maximum number of indices.</param>
    public static List<int> Of(ReadOnlySpan<float> scores, int k)
    {
        // The worst of the selected items is on top, so most items are rejected by one comparison.
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
