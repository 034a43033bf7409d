using System.Numerics.Tensors;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Recommend.Scoring;

/// <summary>Computes the similarity of items: from their factors, from the neighbour lists, or from their ratings.</summary>
internal static class ItemSimilarity
{
    private const int CancellationStride = 1 << 14;

    /// <summary>Returns the most similar items first; of equals, the first in the catalogue.</summary>
    /// <param name="data">The recommender.</param>
    /// <param name="item">The item, which the result does not include.</param>
    /// <param name="candidates">Items to choose from; null for all.</param>
    /// <param name="count">Maximum number of items.</param>
    /// <param name="cancellation">Cancels the comparison.</param>
    public static IReadOnlyList<(int Item, float Similarity)> Nearest(
        RecommenderData data, int item, IReadOnlyList<int>? candidates, int count, CancellationToken cancellation)
    {
        var similar = data.Method switch
        {
            RecommenderMethod.ItemNeighbors => Listed(data, item, candidates),
            RecommenderMethod.UserNeighbors => ByRatings(data, item, candidates, cancellation),
            _ => ByFactors(data, item, candidates, cancellation),
        };
        var best = new PriorityQueue<int, (float Similarity, int Item)>();
        foreach (var (other, similarity) in similar)
        {
            if (other == item || !float.IsFinite(similarity))
            {
                continue;
            }

            if (best.Count < count)
            {
                best.Enqueue(other, (similarity, -other));
            }
            else
            {
                best.EnqueueDequeue(other, (similarity, -other));
            }
        }

        var nearest = new (int, float)[best.Count];
        while (best.TryDequeue(out var other, out var priority))
        {
            nearest[best.Count] = (other, priority.Similarity);
        }

        return nearest;
    }

    /// <summary>Compares by the cosine of the factors, without biases: an item's popularity does not say what it is like.</summary>
    private static IEnumerable<(int Item, float Similarity)> ByFactors(
        RecommenderData data, int item, IReadOnlyList<int>? candidates, CancellationToken cancellation)
    {
        var (factors, width) = (data.Factors(), data.Dimensions);
        for (var i = 0; i < (candidates?.Count ?? data.Items.Count); i++)
        {
            if (i % CancellationStride == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }

            var other = candidates?[i] ?? i;
            yield return (
                other, TensorPrimitives.CosineSimilarity(
                    data.ItemVectors.Row(item, width)[..factors], data.ItemVectors.Row(other, width)[..factors]));
        }
    }

    private static IEnumerable<(int Item, float Similarity)> Listed(RecommenderData data, int item, IReadOnlyList<int>? candidates)
    {
        var among = candidates?.ToHashSet();
        for (var place = item * data.NeighborCount; place < (item + 1) * data.NeighborCount; place++)
        {
            var (other, similarity) = (data.Neighbors.Span[place], data.Similarities.Span[place]);
            // A similarity of 0 marks an unused place.
            if (similarity != 0 && (among is null || among.Contains(other)))
            {
                yield return (other, similarity);
            }
        }
    }

    /// <summary>Compares by the cosine of the ratings' differences from the baselines; omits items without common users.</summary>
    private static IEnumerable<(int Item, float Similarity)> ByRatings(
        RecommenderData data, int item, IReadOnlyList<int>? candidates, CancellationToken cancellation)
    {
        var (products, squares) = (new double[data.Items.Count], new double[data.Items.Count]);
        var together = new bool[data.Items.Count];
        for (var user = 0; user < data.Users.Count; user++)
        {
            cancellation.ThrowIfCancellationRequested();
            var (items, ratings) = data.HistoryOf(user);
            var place = items.Span.BinarySearch(item);
            var own = place < 0 ? 0 : Residual(data, user, item, ratings.Span[place]);
            for (var i = 0; i < items.Length; i++)
            {
                var other = items.Span[i];
                var residual = Residual(data, user, other, ratings.Span[i]);
                squares[other] += residual * residual;
                products[other] += own * residual;
                together[other] |= place >= 0;
            }
        }

        return (candidates ?? Enumerable.Range(0, data.Items.Count))
            .Where(other => together[other])
            .Select(other => (other, (float)(products[other] / Math.Sqrt(squares[item] * squares[other]))));
    }

    private static double Residual(RecommenderData data, int user, int item, float rating) =>
        rating - (data.Mean + (double)data.UserBiases.Span[user] + data.ItemBiases.Span[item]);
}
