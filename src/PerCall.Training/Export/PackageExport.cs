using System.Globalization;
using System.Text;
using PerCall.Inference.Images;
using PerCall.Inference.Packages;
using PerCall.Inference.Publishing;
using PerCall.Inference.Recommend;
using PerCall.Inference.Recommend.Packaging;
using PerCall.Training.Ratings;

namespace PerCall.Training.Export;

/// <summary>Writes a trained recommender as a package. It is verified, as at a publication, before it is moved to its place.</summary>
internal static class PackageExport
{
    /// <exception cref="Inference.PackageRefusedException">The package failed verification; its files were removed.</exception>
    public static async Task WriteAsync(
        RecommenderMethod method, IRecommender model, RatingSet ratings, IReadOnlyList<CatalogItem> catalog, PackageTarget target,
        PackageWords words, string settings, CancellationToken cancellation)
    {
        var data = TrainedData.Of(method, model, ratings, catalog);
        var name = ManifestNames.Of(method);
        var description = new RecommenderDescription
        {
            Name = target.Name,
            Version = target.Version,
            Description = words.Description ?? string.Create(
                CultureInfo.InvariantCulture,
                $"Recommends {ratings.Items.Length} items to {ratings.Users.Length} users and to new ones ({name})."),
            License = words.License,
            Card = Card(name, ratings, target, words, settings),
        };

        // Written beside its destination, so that a rename moves it there atomically.
        var parent = Path.GetDirectoryName(target.Folder)!;
        Directory.CreateDirectory(parent);
        var unverified = Path.Combine(parent, $".{target.Version}-unverified-{Environment.ProcessId}");
        try
        {
            await RecommenderPackageWriter.WriteAsync(data, description, unverified, cancellation);
            await Verifier().VerifyAsync(unverified, cancellation);
            if (Directory.Exists(target.Folder))
            {
                Directory.Delete(target.Folder);
            }

            Directory.Move(unverified, target.Folder);
        }
        finally
        {
            if (Directory.Exists(unverified))
            {
                Directory.Delete(unverified, recursive: true);
            }
        }
    }

    private static PackageVerifier Verifier() => new(new(new()), new(new ImageClassifier(ImageClassifier.DefaultMaxPixels)));

    private static string Card(string method, RatingSet ratings, PackageTarget target, PackageWords words, string settings)
    {
        var text = new StringBuilder(words.Card?.TrimEnd() ?? $"# {target.Name}\n\nRecommends items to users, known and new.");
        text.Append(
            CultureInfo.InvariantCulture,
            $"\n\n## Training\n\n{ratings.Count:N0} ratings of {ratings.Items.Length:N0} items by {ratings.Users.Length:N0} users, ");
        text.Append(
            CultureInfo.InvariantCulture,
            $"from {ratings.Scale.Min} to {ratings.Scale.Max}, {ratings.Mean():0.000} on average. Method: {method}, "
                + $"with\n{Inner(settings)}.\n");
        return text.Append(CultureInfo.InvariantCulture, $"\n## Licence\n\n{words.License}\n").ToString();
    }

    /// <summary>Returns the members of a record as text, without the record's name.</summary>
    private static string Inner(string record) => record[(record.IndexOf('{', StringComparison.Ordinal) + 1)..].TrimEnd('}').Trim();
}
