using System.CommandLine;
using System.Diagnostics;
using PerCall.Bench.Results;
using PerCall.Training;
using PerCall.Training.Factorization;
using PerCall.Training.Ratings;

namespace PerCall.Bench.Recommend;

/// <summary><c>recommend-training</c>: how fast matrix factorisation trains, on ratings drawn in memory.</summary>
internal static class TrainingCommand
{
    private const int Rounds = 5;
    private const double WantedSeconds = 5;
    private const double WantedRate = 5e6;

    public static Command Create()
    {
        var command = new Command("recommend-training", "Time to train 100,000 ratings on one core, and ratings a second for 20 million.");
        command.SetAction((_, cancellation) => RunAsync(cancellation));
        return command;
    }

    private static async Task<int> RunAsync(CancellationToken cancellation)
    {
        var report = new Report("Speed of training");
        var small = DrawnRatings.Draw(users: 1_000, items: 8_000, count: 100_000, seed: 1);
        var seconds = Enumerable.Range(0, Rounds).Select(_ => Train(small, factors: 64, epochs: 20, threads: 1).Seconds).ToArray();
        report.Paragraph($"""
            ## 100,000 ratings, 20 epochs, 64 factors, one thread

            **{Statistics.Median(seconds):0.000} s** (median of {Rounds}; wanted: at most {WantedSeconds} s), from ratings in memory to vectors. Biased matrix factorisation by gradient descent.
            """);

        var large = DrawnRatings.Draw(users: 200_000, items: 20_000, count: 20_000_000, seed: 2);
        var rows = new List<string[]>();
        var rate = 0.0;
        foreach (var threads in new[] { 1, Environment.ProcessorCount }.Distinct())
        {
            var (all, epochs) = Train(large, factors: 32, epochs: Rounds, threads);
            rate = large.Count / Statistics.Median(epochs);
            rows.Add(
                [FormattableString.Invariant($"{threads}"), FormattableString.Invariant($"{rate / 1e6:0.0}"),
                    FormattableString.Invariant($"{all:0.0}"), FormattableString.Invariant($"{all - epochs.Sum():0.0}")]);
        }

        report.Paragraph($"""
            ## 20 million ratings, 32 factors

            **{rate / 1e6:0.0} million ratings/s** an epoch on {Environment.ProcessorCount} threads (median of {Rounds} epochs; wanted: at least {WantedRate / 1e6:0}). {large.Users.Length:N0} users, {large.Items.Length:N0} items, the
            popular ones rated far more often. What comes before the epochs, cutting the ratings into blocks and shuffling them, and after them, is on one thread and counted in the whole.
            """);
        report.Table(
            ["threads", "million ratings/s in an epoch", $"whole training of {Rounds} epochs, s", "of it outside of epochs, s"], rows);
        await report.WriteAsync("recommend-training", cancellation);
        return Statistics.Median(seconds) <= WantedSeconds && rate >= WantedRate ? 0 : 1;
    }

    private static (double Seconds, IReadOnlyList<double> Epochs) Train(RatingSet ratings, int factors, int epochs, int threads)
    {
        var log = TrainingLog.None;
        var started = Stopwatch.GetTimestamp();
        new MatrixFactorization(new() { Factors = factors, Epochs = epochs, Threads = threads }).Train(ratings, log);
        return (Stopwatch.GetElapsedTime(started).TotalSeconds, log.Epochs);
    }
}
