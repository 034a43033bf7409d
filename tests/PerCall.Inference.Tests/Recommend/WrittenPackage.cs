using PerCall.Inference.Packages;
using PerCall.Inference.Recommend;
using PerCall.Inference.Recommend.Packaging;
using PerCall.Inference.Recommend.Scoring;
using PerCall.Inference.Sessions;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.Inference.Tests.Recommend;

/// <summary>A recommender that was written to a folder and opened again.</summary>
internal sealed class WrittenPackage : IDisposable
{
    private readonly ModelSession _session;

    private WrittenPackage(ModelManifest manifest, string folder, RecommenderModel model)
    {
        (Manifest, Folder, Model) = (manifest, folder, model);
        _session = new(Path.Combine(folder, manifest.Model), manifest, threads: 1);
    }

    public ModelManifest Manifest { get; }

    public string Folder { get; }

    public RecommenderModel Model { get; }

    public RecommenderData Data => Model.Data;

    public static async Task<WrittenPackage> CreateAsync(RecommenderData data, TemporaryFolder root, CancellationToken cancellation)
    {
        var folder = root.File(Path.Combine(ManifestNames.Of(data.Method).Replace("++", "pp", StringComparison.Ordinal), "1"));
        var manifest = await RecommenderPackageWriter.WriteAsync(data, Recommenders.Description("drawn"), folder, cancellation);
        return new(manifest, folder, await RecommenderModel.OpenAsync(manifest, folder));
    }

    public ItemScores Run(long user, float[]? vector, long[] candidates, long[] excluded, long count) =>
        ItemScores.Run(
            _session, user, vector ?? new float[Data.VectorLength()], candidates, excluded, count, TestContext.Current.CancellationToken);

    public List<RatedItem> History(int user, int most)
    {
        var (items, ratings) = Data.HistoryOf(user);
        return [.. items.ToArray().Zip(ratings.ToArray()).Take(most).Select(r => new RatedItem(r.First, r.Second))];
    }

    public void Dispose()
    {
        _session.Dispose();
        Model.Dispose();
    }
}
