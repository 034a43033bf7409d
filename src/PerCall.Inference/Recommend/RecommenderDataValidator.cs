using System.Numerics.Tensors;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Recommend;

/// <summary>
/// Validates a recommender's arrays. An index past the end would read other memory, or abort a run.
/// </summary>
internal static class RecommenderDataValidator
{
    private const int MinUsers = 2;
    private const int MinItems = 2;

    /// <exception cref="InvalidDataException">The data is invalid. The message names the first error.</exception>
    public static void Check(RecommenderData data)
    {
        Expect(data.Users.Count >= MinUsers, $"there are {data.Users.Count} users; a recommender needs at least {MinUsers}.");
        Expect(data.Items.Count >= MinItems, $"there are {data.Items.Count} items; a recommender needs at least {MinItems}.");
        History(data);
        Finite(ArrayNames.Mean, [data.Mean]);
        if (data.HasFactors())
        {
            var least = data.Method == RecommenderMethod.ImplicitAls ? 1 : 3;
            Expect(
                data.Dimensions >= least,
                $"'{ArrayNames.ItemVectors}' has rows of {data.Dimensions} values; "
                    + $"allowed for {ManifestNames.Of(data.Method)}: at least {least}.");
            Finite(ArrayNames.ItemVectors, data.ItemVectors.Span);
            Finite(ArrayNames.UserVectors, data.UserVectors.Span);
            Finite(ArrayNames.ImplicitItemVectors, data.ImplicitItemVectors.Span);
            return;
        }

        Expect(data.NeighborCount > 0, $"'{ArrayNames.Neighbors}' has no space for neighbours.");
        Indexes(
            ArrayNames.Neighbors, data.Neighbors.Span,
            data.Method == RecommenderMethod.ItemNeighbors ? data.Items.Count : data.Users.Count);
        Finite(ArrayNames.Similarities, data.Similarities.Span);
        Finite(ArrayNames.UserBiases, data.UserBiases.Span);
        Finite(ArrayNames.ItemBiases, data.ItemBiases.Span);
    }

    private static void History(RecommenderData data)
    {
        var offsets = data.History.Offsets.Span;
        var items = data.History.Items.Span;
        Expect(
            offsets.Length == data.Users.Count + 1 && offsets[0] == 0 && offsets[^1] == items.Length,
            $"'{ArrayNames.HistoryOffsets}' has {offsets.Length} entries, from {offsets[0]} to {offsets[^1]}; "
                + $"expected {data.Users.Count + 1}, from 0 to {items.Length}.");
        for (var user = 0; user < data.Users.Count; user++)
        {
            if (offsets[user] > offsets[user + 1])
            {
                throw new InvalidDataException(
                    $"'{ArrayNames.HistoryOffsets}' decreases from {offsets[user]} to {offsets[user + 1]} at user {user}.");
            }
        }

        Indexes(ArrayNames.HistoryItems, items, data.Items.Count);
        for (var user = 0; user < data.Users.Count; user++)
        {
            for (var i = (int)offsets[user] + 1; i < offsets[user + 1]; i++)
            {
                if (items[i - 1] >= items[i])
                {
                    throw new InvalidDataException(
                        $"'{ArrayNames.HistoryItems}' has {items[i]} after {items[i - 1]} for user {user}; "
                            + "a user's items must be in ascending order.");
                }
            }
        }

        var ratings = data.History.Ratings.Span;
        Finite(ArrayNames.HistoryRatings, ratings);
        if (data.Rating is { } range && !ratings.IsEmpty && (
            TensorPrimitives.Min(ratings) < range.Min || TensorPrimitives.Max(ratings) > range.Max))
        {
            throw new InvalidDataException(
                $"'{ArrayNames.HistoryRatings}' has ratings of {TensorPrimitives.Min(ratings)} to {TensorPrimitives.Max(ratings)}; "
                    + $"allowed: {range.Min} to {range.Max}.");
        }
    }

    /// <summary>Checks that every index is less than <paramref name="count"/> and not negative.</summary>
    public static void Indexes(string array, ReadOnlySpan<int> values, int count)
    {
        if (!values.IsEmpty && (
            TensorPrimitives.Min(values), TensorPrimitives.Max(values)) is var (least, most) && (least < 0 || most >= count))
        {
            throw new InvalidDataException($"'{array}' has indexes from {least} to {most}; allowed: 0 to {count - 1}.");
        }
    }

    private static void Finite(string array, ReadOnlySpan<float> values)
    {
        if (!values.IsEmpty && !TensorPrimitives.IsFiniteAll(values))
        {
            throw new InvalidDataException($"'{array}' has values that are not finite.");
        }
    }

    private static void Expect(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new InvalidDataException(otherwise);
        }
    }
}
