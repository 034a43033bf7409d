using System.Globalization;
using PerCall.Inference.Packages;
using PerCall.Inference.Recommend;
using PerCall.Inference.Recommend.Packaging;
using PerCall.Inference.Registry;
using PerCall.Testing;

namespace PerCall.Bench.Recommend;

/// <summary>A recommender of any size, whose arrays are drawn at random: speed does not depend on what they say.</summary>
internal static class DrawnRecommender
{
    private const int RatingsPerUser = 20;
    private const int Places = 40;

    public static RecommenderData Draw(RecommenderMethod method, int users, int items, int factors)
    {
        var random = new Random(1);
        var data = new RecommenderData
        {
            Method = method,
            Users = [.. Enumerable.Range(0, users).Select(u => string.Create(CultureInfo.InvariantCulture, $"customer-{u}"))],
            Items = [.. Enumerable.Range(0, items).Select(i => new CatalogItem(
                string.Create(CultureInfo.InvariantCulture, $"sku-{i}"),
                string.Create(CultureInfo.InvariantCulture, $"An item's title of some length, number {i}"),
                new Dictionary<string, string> { ["category"] = string.Create(CultureInfo.InvariantCulture, $"category-{i % 50}") }))],
            History = History(random, users, items),
            Mean = method == RecommenderMethod.ImplicitAls ? 0 : 3.5f,
            Rating = method == RecommenderMethod.ImplicitAls ? null : new RatingRange(1, 5),
            Shrinkage = 0.1f,
        };
        var width = method == RecommenderMethod.ImplicitAls ? factors : factors + 2;
        return method == RecommenderMethod.ItemNeighbors
            ? data with
            {
                NeighborCount = Places,
                Neighbors = Array.ConvertAll(new int[items * Places], _ => random.Next(items)),
                Similarities = Values(random, items * Places),
                UserBiases = Values(random, users),
                ItemBiases = Values(random, items),
            }
            : data with { Dimensions = width, UserVectors = Values(random, users * width), ItemVectors = Values(random, items * width) };
    }

    /// <summary>Writes a package and says where it is.</summary>
    public static async Task<(
        ModelManifest Manifest, string Folder)> WriteAsync(RecommenderData data, TemporaryFolder root, CancellationToken cancellation)
    {
        Console.WriteLine($"Writing {data.Items.Count:N0} items, {ManifestNames.Of(data.Method)}");
        var folder = root.File(ManifestNames.Of(data.Method));
        var description =
            new RecommenderDescription
            {
                Name = "drawn",
                Version = "1",
                Description = "Drawn at random.",
                License = "MIT",
                Card = "# Drawn at random\n"
            };
        return (await RecommenderPackageWriter.WriteAsync(data, description, folder, cancellation), folder);
    }

    public static Task<LoadedModel> LoadAsync((ModelManifest Manifest, string Folder) package, CancellationToken cancellation) =>
        new ModelLoader(new ModelRegistryOptions { Threads = 1 }).LoadAsync(package.Manifest, package.Folder, cancellation);

    private static Interactions History(Random random, int users, int items)
    {
        var offsets = new long[users + 1];
        var rated = new int[users * RatingsPerUser];
        for (var user = 0; user < users; user++)
        {
            // One of each stretch of the catalogue: ascending, and none twice.
            var stretch = items / RatingsPerUser;
            for (var i = 0; i < RatingsPerUser; i++)
            {
                rated[(user * RatingsPerUser) + i] = (i * stretch) + random.Next(stretch);
            }

            offsets[user + 1] = (user + 1) * RatingsPerUser;
        }

        return new(offsets, rated, Array.ConvertAll(new float[rated.Length], _ => (float)random.Next(1, 6)));
    }

    private static float[] Values(Random random, int count) => Array.ConvertAll(new float[count], _ => random.NextSingle() - 0.5f);
}
