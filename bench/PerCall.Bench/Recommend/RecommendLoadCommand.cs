using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using PerCall.Bench.Results;
using PerCall.Inference.Packages;
using PerCall.Testing;

namespace PerCall.Bench.Recommend;

/// <summary><c>recommend-load</c>: from a folder to a recommender that is ready to run.</summary>
internal static class RecommendLoadCommand
{
    private const int Items = 100_000;
    private const int Users = 50_000;
    private const int Factors = 64;
    private const int Rounds = 15;

    public static Command Create()
    {
        var command = new Command("recommend-load", "Loading a package of 100,000 items.");
        command.SetAction((_, cancellation) => RunAsync(cancellation));
        return command;
    }

    private static async Task RunAsync(CancellationToken cancellation)
    {
        var report = new Report("Loading a recommender");
        report.Paragraph($"""
            `ModelLoader.LoadAsync` on {Items:N0} items with titles and an attribute, {Users:N0} users, {Users * 20:N0} ratings: mapping and checking the arrays, reading the catalogue, making the session,
            one run. The files are in the page cache; what they hash to was checked before, when they were fetched. The first loading compiles the code, too.
            """);
        var rows = new List<string[]>();
        foreach (var method in new[] { RecommenderMethod.MatrixFactorization, RecommenderMethod.ImplicitAls,
            RecommenderMethod.ItemNeighbors })
        {
            using var folder = new TemporaryFolder();
            var package = await DrawnRecommender.WriteAsync(DrawnRecommender.Draw(method, Users, Items, Factors), folder, cancellation);
            var times = new List<double>();
            for (var round = 0; round < Rounds; round++)
            {
                GC.Collect();
                var started = Stopwatch.GetTimestamp();
                using var model = await DrawnRecommender.LoadAsync(package, cancellation);
                times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }

            var bytes = new DirectoryInfo(package.Folder).EnumerateFiles().Sum(f => f.Length) / 1e6;
            rows.Add([ManifestNames.Of(method), Text(bytes), Text(times[0]), Text(Statistics.Median(times)), Text(times.Max())]);
        }

        report.Table(["method", "MB", "first, ms", "median, ms (wanted: at most 200)", "longest, ms"], rows);
        await report.WriteAsync("recommend-load", cancellation);
    }

    private static string Text(double value) => value.ToString("0", CultureInfo.InvariantCulture);
}
