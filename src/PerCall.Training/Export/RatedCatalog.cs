using PerCall.Inference.Recommend;
using PerCall.Training.Ratings;

namespace PerCall.Training.Export;

/// <summary>Reads the catalogue entries of the rated items.</summary>
internal static class RatedCatalog
{
    /// <summary>Returns one entry per item of the ratings, in their order.</summary>
    /// <param name="path">JSON Lines of items; null for ids only.</param>
    /// <param name="ratings">The ratings that name the items.</param>
    /// <param name="log">Reports items that occur in only one of the two.</param>
    /// <exception cref="TrainingException">The file is missing, has an invalid line, or names an item twice.</exception>
    public static IReadOnlyList<CatalogItem> Read(string? path, RatingSet ratings, TrainingLog log)
    {
        if (path is null)
        {
            return [.. ratings.Items.Select(id => new CatalogItem(id))];
        }

        var known = new Dictionary<string, CatalogItem>(StringComparer.Ordinal);
        foreach (var (n, item) in Lines(path).Index())
        {
            if (!known.TryAdd(item.Id, item))
            {
                throw new TrainingException($"{path}, line {n + 1}: the item {RatingFaults.Show(item.Id)} is listed twice.");
            }
        }

        var unnamed = ratings.Items.Count(id => !known.ContainsKey(id));
        var unrated = known.Count + unnamed - ratings.Items.Length;
        if (unnamed + unrated > 0)
        {
            var file = Path.GetFileName(path);
            log.Write($"{unnamed} rated item(s) have no title in {file}; {unrated} of its items have no rating and are omitted");
        }

        return [.. ratings.Items.Select(id => known.GetValueOrDefault(id) ?? new(id))];
    }

    private static ItemCatalog Lines(string path)
    {
        try
        {
            return ItemCatalog.Read(path);
        }
        catch (Exception e) when (e is InvalidDataException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TrainingException(e.Message);
        }
    }
}
