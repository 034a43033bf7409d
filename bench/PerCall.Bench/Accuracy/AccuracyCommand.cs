using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using PerCall.Bench.Results;
using PerCall.Bench.Running;
using PerCall.Client;
using PerCall.Testing;

namespace PerCall.Bench.Accuracy;

/// <summary><c>accuracy</c>: the shipped models on their whole test splits, every picture a PNG file posted to the service.</summary>
internal static class AccuracyCommand
{
    private const int InFlight = 4;

    public static Command Create()
    {
        var command = new Command("accuracy", "The shipped models on all 10,000 test pictures each, posted as PNG files.");
        command.SetAction((_, cancellation) => RunAsync(cancellation));
        return command;
    }

    private static async Task<int> RunAsync(CancellationToken cancellation)
    {
        var report = new Report("Accuracy");
        report.Paragraph($"""
            Every picture of the test split, encoded as a PNG file and posted to `POST /v1/images/classify` of the real service, {InFlight} calls in flight; the
            first label counts. Rows are what the picture shows, columns what the model said.
            """);
        await using var bed = await ServiceBed.CreateAsync(Repository.Models, cancellation);
        await using var service = await bed.StartAsync();
        var client = PerCallClient.Connect(service.Address);
        var reached = true;
        foreach (var set in TestSet.All)
        {
            var matrix = await MeasureAsync(client, set, cancellation);
            reached &= matrix.Accuracy >= set.Wanted;
            Write(report, set, matrix);
        }

        await report.WriteAsync("accuracy", cancellation);
        return reached ? 0 : 1;
    }

    private static async Task<ConfusionMatrix> MeasureAsync(PerCallClient client, TestSet set, CancellationToken cancellation)
    {
        var labels = (await client.GetModelAsync(set.Model, cancellation)).Labels!;
        var indices = labels.Index().ToDictionary(l => l.Item, l => l.Index);
        var matrix = new ConfusionMatrix(labels);
        var started = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(set.Read(), new ParallelOptions { MaxDegreeOfParallelism = InFlight, CancellationToken = cancellation },
            async (picture, token) =>
        {
            var answer = await client.ClassifyImageAsync(picture.Png, set.Model, 1, token);
            matrix.Add(picture.Label, indices[answer.Predictions[0].Label]);
        });
        Console.WriteLine(
            $"{set.Model}: {matrix.Accuracy:0.00 %} of {matrix.Total} in {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s");
        return matrix;
    }

    private static void Write(Report report, TestSet set, ConfusionMatrix matrix)
    {
        report.Paragraph($"## {set.Model}");
        report.Paragraph($"**{100 * matrix.Accuracy:0.00} %** of {matrix.Total:N0} pictures (wanted: at least {100 * set.Wanted:0.0} %)");
        var classes = Enumerable.Range(0, matrix.Labels.Count).ToList();
        report.Table(
            ["", .. matrix.Labels, "recall", "precision"],
            classes.Select(a => (string[])[
                matrix.Labels[a],
                .. classes.Select(p => matrix[a, p].ToString(CultureInfo.InvariantCulture)),
                matrix.Recall(a).ToString("0.000", CultureInfo.InvariantCulture),
                matrix.Precision(a).ToString("0.000", CultureInfo.InvariantCulture)]));
    }
}
