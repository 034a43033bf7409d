using System.Numerics.Tensors;
using PerCall.Inference.Packages;
using PerCall.Inference.Recommend.Arrays;

namespace PerCall.Inference.Recommend.Packaging;

/// <summary>
/// The arrays of a recommender's package: the trained ones, and those that serving would otherwise compute at each start.
/// </summary>
internal static class RecommenderArrays
{
    /// <summary>Writes the data file.</summary>
    /// <returns>The location of each array.</returns>
    public static IReadOnlyDictionary<string, TensorLocation> Write(RecommenderData data, string path)
    {
        var writer = new SafetensorsWriter();
        var (users, items) = (data.Users.Count, data.Items.Count);
        writer.Add<float>(ArrayNames.Mean, new[] { data.Mean }, 1);
        writer.Add(ArrayNames.HistoryOffsets, data.History.Offsets, users + 1);
        writer.Add(ArrayNames.HistoryItems, data.History.Items, data.History.Items.Length);
        writer.Add(ArrayNames.HistoryRatings, data.History.Ratings, data.History.Ratings.Length);
        var popularity = Popularity.Of(data);
        writer.Add(ArrayNames.PopularItems, popularity.Items, items);
        writer.Add(ArrayNames.Popularity, popularity.Shares, items);
        if (data.HasFactors())
        {
            writer.Add(ArrayNames.ItemVectors, data.ItemVectors, items, data.Dimensions);
            writer.Add(ArrayNames.UserVectors, data.UserVectors, users, data.Dimensions);
            AddForFoldIn(writer, data);
            return writer.Write(path);
        }

        writer.Add(ArrayNames.UserBiases, data.UserBiases, users);
        writer.Add(ArrayNames.ItemBiases, data.ItemBiases, items);
        var rows = data.Method == RecommenderMethod.ItemNeighbors ? items : users;
        writer.Add(ArrayNames.Neighbors, data.Neighbors, rows, data.NeighborCount);
        writer.Add(ArrayNames.Similarities, data.Similarities, rows, data.NeighborCount);
        if (data.Method == RecommenderMethod.UserNeighbors)
        {
            AddByRating(writer, data);
        }

        return writer.Write(path);
    }

    private static void AddForFoldIn(SafetensorsWriter writer, RecommenderData data)
    {
        if (data.Method == RecommenderMethod.SvdPlusPlus)
        {
            writer.Add(ArrayNames.ImplicitItemVectors, data.ImplicitItemVectors, data.Items.Count, data.Factors());
        }

        if (data.Method == RecommenderMethod.ImplicitAls)
        {
            writer.Add<float>(ArrayNames.ItemGram, Gram(data), data.Dimensions, data.Dimensions);
        }
    }

    private static void AddByRating(SafetensorsWriter writer, RecommenderData data)
    {
        var owners = new int[data.History.Items.Length];
        var residuals = new float[owners.Length];
        var at = 0;
        for (var user = 0; user < data.Users.Count; user++)
        {
            var (items, ratings) = data.HistoryOf(user);
            for (var i = 0; i < items.Length; i++, at++)
            {
                owners[at] = user;
                residuals[at] = ratings.Span[i] - (data.Mean + data.UserBiases.Span[user] + data.ItemBiases.Span[items.Span[i]]);
            }
        }

        writer.Add<int>(ArrayNames.HistoryUsers, owners, owners.Length);
        writer.Add<float>(ArrayNames.HistoryResiduals, residuals, residuals.Length);
    }

    private static float[] Gram(RecommenderData data)
    {
        var width = data.Dimensions;
        var gram = new double[width * width];
        var row = new double[width];
        for (var item = 0; item < data.Items.Count; item++)
        {
            TensorPrimitives.ConvertTruncating(data.ItemVectors.Row(item, width), row);
            for (var i = 0; i < width; i++)
            {
                var target = gram.AsSpan(i * width, width);
                TensorPrimitives.MultiplyAdd(row, row[i], target, target);
            }
        }

        return Array.ConvertAll(gram, v => (float)v);
    }
}
