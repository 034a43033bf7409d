using PerCall.Inference.Packages;
using PerCall.Inference.Recommend;
using PerCall.Inference.Recommend.Scoring;
using PerCall.Inference.Sessions;
using PerCall.Testing;
using PerCall.Training.Export;
using Xunit;

namespace PerCall.Training.Tests.Export;

public sealed class PackageExportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<RecommenderMethod> All => [.. Enum.GetValues<RecommenderMethod>()];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(All))]
    public async Task WriteAsync_EveryMethod_ServesWhatWasEvaluated(RecommenderMethod method)
    {
        var ratings = Draws.Ratings();
        var trained = Methods.Create(method, new() { Factors = null, Seed = 2 }).Train(ratings, TrainingLog.None);
        var target = PackageTarget.Of(_folder.File("drawn/1"));

        await PackageExport.WriteAsync(
            method, trained, ratings, RatedCatalog.Read(null, ratings, TrainingLog.None), target, new(null, "MIT", null), "its settings",
            TestContext.Current.CancellationToken);

        var manifest = ManifestReader.Parse(
            await File.ReadAllBytesAsync(Path.Combine(target.Folder, "model.json"), TestContext.Current.CancellationToken));
        using var model = await RecommenderModel.OpenAsync(manifest, target.Folder);
        using var session = new ModelSession(Path.Combine(target.Folder, manifest.Model), manifest, threads: 1);
        var scores = new float[ratings.Items.Length];
        for (var user = 0; user < ratings.Users.Length; user += 7)
        {
            trained.ScoreAll(user, scores);
            var vector = PlainScores.VectorOf(model.Data, user);
            var served = ItemScores.Run(session, user, vector, [], [], scores.Length, TestContext.Current.CancellationToken);
            Assert.Equal(scores.Length, served.Items.Count);
            Assert.All(served.Items.Zip(served.Scores), s => Assert.Equal(scores[s.First], s.Second, 1e-4f));
        }
    }

    [Theory]
    [InlineData("Shop/1")]
    [InlineData("shop/first")]
    public void Of_FolderThatIsNoNameAndVersion_IsRefused(string folder) =>
        Assert.Contains(
            "must end in <name>/<version>", Assert.Throws<TrainingException>(() => PackageTarget.Of(_folder.File(folder))).Message,
            StringComparison.Ordinal);
}
