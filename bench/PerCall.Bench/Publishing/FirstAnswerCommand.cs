using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using PerCall.Bench.Results;
using PerCall.Bench.Running;
using PerCall.Testing;

namespace PerCall.Bench.Publishing;

/// <summary>
/// <c>first-answer</c>: how long it takes from files that the service does not know to an answer that is billed, with one command.
/// </summary>
internal static class FirstAnswerCommand
{
    private const double WantedSeconds = 60;

    /// <summary>The graphs, and what their owner knows of them.</summary>
    private static readonly (string Shown, Func<string> Graph, string[] Answers)[] Models =
    [
        ("fashion, a small CNN", () => Path.Combine(Repository.Models, "fashion", "1", "model.onnx"), ["pixels=-1..1", "labels=numbers"]),
        ("MobileNetV2", () => Path.Combine(BenchFiles.NetworkPackage, "model.onnx"), ["pixels=rgb imagenet", "labels=numbers"]),
        ("churn, trees over columns", () => Path.Combine(Repository.Models, "churn", "1", "model.onnx"), ["labels=numbers"]),
    ];

    public static Command Create()
    {
        var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 5 };
        var command = new Command("first-answer", "Seconds from an unknown graph to a billed answer.") { rounds };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(rounds), cancellation));
        return command;
    }

    private static async Task RunAsync(int count, CancellationToken cancellation)
    {
        var report = new Report("First answer");
        var percall = await Published.ProjectAsync(Path.Combine("src", "PerCall.Cli"), "percall", cancellation);
        using var empty = new TemporaryFolder();
        await using var bed = await ServiceBed.CreateAsync(empty.Path, cancellation);
        await using var service = await bed.StartMeteredAsync();
        var key = await ServiceBed.KeyAsync(service, null, cancellation);
        var rows = new List<string[]>();
        foreach (var (shown, graph, answers) in Models)
        {
            var file = graph();
            var times = new List<double>();
            for (var round = 0; round < count; round++)
            {
                var name = $"{Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(file)))}-{round}";
                var started = Stopwatch.GetTimestamp();
                var output = await Tool.RunAsync(
                    "dotnet",
                    [
                        percall, "models", "publish", file, "--name", name, "--address", service.Address.ToString(),
                        "--key", ServiceBed.OperatorKey, "--call-key", key, .. answers.SelectMany(a => new[] { "--set", a }),
                    ],
                    BenchFiles.Folder, cancellation);
                if (!output.Contains("Charged: ", StringComparison.Ordinal))
                {
                    throw new InvalidOperationException($"The command ended without a billed answer:\n{output}");
                }

                times.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
                Console.WriteLine($"{shown}, round {round + 1}: {times[^1]:0.00} s");
            }

            rows.Add([shown, Text(new FileInfo(file).Length / 1e6), Text(Statistics.Median(times)), Text(times.Max())]);
        }

        report.Paragraph($"""
            `percall models publish FILE.onnx --call-key KEY` for a graph without any other file, from the start of the process to its
            end. It derives the manifest, runs a sample, verifies and packs the package, sends it, waits for the service's own
            verification, and calls the model as a tenant. The service is metered and runs with Azurite on the same machine. {count} rounds
            each; wanted: at most {WantedSeconds} s.
            """);
        report.Table(["graph", "MB", "median, s", "longest, s"], rows);
        await report.WriteAsync("first-answer", cancellation);
    }

    private static string Text(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
