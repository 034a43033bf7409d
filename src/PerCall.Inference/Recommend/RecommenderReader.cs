using PerCall.Inference.Packages;
using PerCall.Inference.Recommend.Arrays;

namespace PerCall.Inference.Recommend;

/// <summary>Reads the arrays of a package's data file, and checks their consistency.</summary>
internal static class RecommenderReader
{
    /// <param name="rules">The manifest's section.</param>
    /// <param name="users">Ids of users.</param>
    /// <param name="items">The catalogue.</param>
    /// <param name="file">The data file. The result is valid as long as the file is open.</param>
    /// <exception cref="InvalidDataException">The arrays contradict the manifest, or each other.</exception>
    public static RecommenderData Read(RecommenderRules rules, IReadOnlyList<string> users, ItemCatalog items, SafetensorsFile file)
    {
        var ratings = Extent(file, ArrayNames.HistoryItems, 1, 0);
        var data = new RecommenderData
        {
            Method = rules.Method,
            Users = users,
            Items = items,
            History = new(
                file.Read<long>(ArrayNames.HistoryOffsets, users.Count + 1),
                file.Read<int>(ArrayNames.HistoryItems, ratings),
                file.Read<float>(ArrayNames.HistoryRatings, ratings)),
            Mean = file.Read<float>(ArrayNames.Mean, 1).Span[0],
            Rating = rules.Rating,
            Regularization = rules.Regularization,
            Confidence = rules.Confidence,
            Shrinkage = rules.Shrinkage,
        };
        data = data.HasFactors() ? WithFactors(data, file) : WithNeighbors(data, file);
        RecommenderDataValidator.Check(data);
        return data;
    }

    private static RecommenderData WithFactors(RecommenderData data, SafetensorsFile file)
    {
        data = data with { Dimensions = Extent(file, ArrayNames.ItemVectors, 2, 1) };
        return data with
        {
            ItemVectors = file.Read<float>(ArrayNames.ItemVectors, data.Items.Count, data.Dimensions),
            UserVectors = file.Read<float>(ArrayNames.UserVectors, data.Users.Count, data.Dimensions),
            ImplicitItemVectors = data.Method == RecommenderMethod.SvdPlusPlus ? file.Read<float>(
                ArrayNames.ImplicitItemVectors, data.Items.Count, data.Factors()) : default,
        };
    }

    private static RecommenderData WithNeighbors(RecommenderData data, SafetensorsFile file)
    {
        var rows = data.Method == RecommenderMethod.ItemNeighbors ? data.Items.Count : data.Users.Count;
        var places = Extent(file, ArrayNames.Neighbors, 2, 1);
        return data with
        {
            NeighborCount = places,
            Neighbors = file.Read<int>(ArrayNames.Neighbors, rows, places),
            Similarities = file.Read<float>(ArrayNames.Similarities, rows, places),
            UserBiases = file.Read<float>(ArrayNames.UserBiases, data.Users.Count),
            ItemBiases = file.Read<float>(ArrayNames.ItemBiases, data.Items.Count),
        };
    }

    /// <summary>
    /// Returns a dimension that only the array itself defines; 0 when the array is missing, so that reading it reports the error.
    /// </summary>
    private static int Extent(SafetensorsFile file, string name, int dimensions, int dimension) =>
        file.Tensors.TryGetValue(name, out var tensor) && tensor.Shape.Count == dimensions ? checked((int)tensor.Shape[dimension]) : 0;
}
