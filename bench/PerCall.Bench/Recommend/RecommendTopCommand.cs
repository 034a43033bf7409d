using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using PerCall.Bench.Results;
using PerCall.Inference.Packages;
using PerCall.Inference.Recommend;
using PerCall.Inference.Recommend.Scoring;
using PerCall.Testing;

namespace PerCall.Bench.Recommend;

/// <summary><c>recommend-top</c>: the best ten of a million items, against one pass over their memory.</summary>
internal static class RecommendTopCommand
{
    private const int Items = 1_000_000;
    private const int Users = 1_000;
    private const int Factors = 64;
    private const int Rounds = 60;
    private const int Top = 10;

    public static Command Create()
    {
        var command = new Command("recommend-top", "Top 10 of 1,000,000 items × 64 factors, against one pass over that memory.");
        command.SetAction((_, cancellation) => RunAsync(cancellation));
        return command;
    }

    private static async Task RunAsync(CancellationToken cancellation)
    {
        var report = new Report("Top items");
        using var folder = new TemporaryFolder();
        var package = await DrawnRecommender.WriteAsync(
            DrawnRecommender.Draw(RecommenderMethod.ImplicitAls, Users, Items, Factors), folder, cancellation);
        // What was drawn is let go of, and its memory given back, so that growth can be seen.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var before = PrivateMegabytes();
        using var model = await DrawnRecommender.LoadAsync(package, cancellation);
        var data = model.Recommender!.Data;

        var (pass, graph, call, some) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        var sum = 0f;
        long[] thousand = [.. Enumerable.Range(0, 1000).Select(i => (long)i * 997)];
        for (var round = 0; round < Rounds; round++)
        {
            var user = round * 13 % Users;
            pass.Add(Time(() => sum += TensorPrimitives.Sum(data.ItemVectors.Span)));
            graph.Add(Time(() => ItemScores.Run(model.Session, user, model.Recommender!.NoVector, [], [], Top, cancellation)));
            some.Add(Time(() => ItemScores.Run(model.Session, user, model.Recommender!.NoVector, thousand, [], Top, cancellation)));
            var started = Stopwatch.GetTimestamp();
            await Recommender.RecommendAsync(model, new() { User = data.Users[user], Count = Top }, cancellation);
            call.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        if (!float.IsFinite(sum))
        {
            throw new InvalidOperationException($"The memory that was passed over sums to {sum}.");
        }

        var after = PrivateMegabytes();
        var (passed, answered) = (Statistics.Median(pass), Statistics.Median(call));
        report.Paragraph($"""
            The best {Top} of {Items:N0} items × {Factors} factors ({Items * (long)Factors * sizeof(float) / 1e6:0} MB) for a known user, against one pass over the same mapped bytes
            (`TensorPrimitives.Sum`), both on one thread, in turns; medians of {Rounds} rounds.
            """);
        report.Paragraph($"**{answered / passed:0.00} × the pass** (wanted: at most 1.3)");
        report.Table(["", "ms", "× the pass"],
        [
            Row("one pass over the memory", passed, passed),
            Row("the graph", Statistics.Median(graph), passed),
            Row("the whole call: who it is, what was seen, the graph, titles", answered, passed),
            Row("the graph, choosing among 1,000 items", Statistics.Median(some), passed),
        ]);
        report.Paragraph($"""
            Memory of the process's own (`Private_Dirty`): {before:0} MB before loading, {after:0} MB after all rounds. The growth, the catalogue with its ids and their index, is less than the matrix:
            of that there is no copy, only the page cache that both map.
            """);
        await report.WriteAsync("recommend-top", cancellation);
    }

    private static string[] Row(string name, double time, double pass) =>
        [name, time.ToString("0.0", CultureInfo.InvariantCulture), (time / pass).ToString("0.00", CultureInfo.InvariantCulture)];

    private static double Time(Action action)
    {
        var started = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static double PrivateMegabytes() => double.Parse(
        File.ReadLines("/proc/self/smaps_rollup").First(
            l => l.StartsWith("Private_Dirty", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture) / 1024;
}
