using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using PerCall.Bench.Results;
using PerCall.Bench.Running;
using PerCall.Testing;

namespace PerCall.Bench.Start;

/// <summary><c>publish</c>: how large the published service is, and what compiling ahead saves of a start.</summary>
internal static class PublishCommand
{
    private const int Uncounted = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(3);

    public static Command Create()
    {
        var pairs = new Option<int>("--pairs") { DefaultValueFactory = _ => 9 };
        var command = new Command(
            "publish", "Sizes of what is published, and process start to ready with and without code compiled ahead.") { pairs };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(pairs), cancellation));
        return command;
    }

    private static async Task RunAsync(int pairs, CancellationToken cancellation)
    {
        var ahead = await PublishAsync("ahead", [], cancellation);
        // For one system as the other is, so that nothing but the code differs.
        var plain = await PublishAsync("plain", ["-r", "linux-x64", "-p:PublishReadyToRun=false"], cancellation);
        await using var azurite = new AzuriteFixture();
        await azurite.InitializeAsync();
        using var client = new HttpClient { Timeout = Patience };

        // After the publishes, which load the machine themselves.
        var report = new Report("Publish");
        var runs = new List<(double Ahead, double Plain)>();
        for (var i = -Uncounted; i < pairs; i++)
        {
            // Who goes first changes, as a load that comes and goes would favour one of them.
            var first = await ReadyAsync(i % 2 == 0 ? ahead : plain, azurite, client, cancellation);
            var second = await ReadyAsync(i % 2 == 0 ? plain : ahead, azurite, client, cancellation);
            var run = i % 2 == 0 ? (first, second) : (second, first);
            Console.WriteLine($"compiled ahead, not: {run}");
            if (i >= 0)
            {
                runs.Add(run);
            }
        }

        Write(report, runs, Megabytes(ahead), Megabytes(plain));
        await report.WriteAsync("publish", cancellation);
    }

    private static void Write(Report report, List<(double Ahead, double Plain)> runs, double published, double plain)
    {
        var (ahead, without) = (Statistics.Median(runs.Select(r => r.Ahead)), Statistics.Median(runs.Select(r => r.Plain)));
        report.Paragraph($"""
            What `dotnet publish` makes for linux-x64, and how long it takes on the local host from the start of the process to the first 200 of
            `/health/ready`, on a running Azurite whose containers, queues and tables are there. "Plain" is the same publish with `PublishReadyToRun=false`;
            {runs.Count} interleaved rounds, ms.
            """);
        report.Table(
            ["published", "MB (wanted: at most 120)"],
            [["the service", Size(published)], ["the service, plain", Size(plain)]]);
        report.Paragraph($"**{ahead / without:0.00} × the plain one's time** (wanted: at most 0.7)");
        report.Table(
            ["round", "compiled ahead", "plain"],
            [.. runs.Select((r, i) => new[] { Text(i + 1), Text(r.Ahead), Text(r.Plain) }), ["median", Text(ahead), Text(without)]]);
    }

    private static async Task<string> PublishAsync(string name, string[] arguments, CancellationToken cancellation)
    {
        var output = Path.Combine(Repository.Root, "artifacts", "bench", "publish", name);
        if (Directory.Exists(output))
        {
            // What an earlier one left would count.
            Directory.Delete(output, recursive: true);
        }

        Console.WriteLine($"Publishing {name}");
        await Tool.RunAsync(
            "dotnet",
            ["publish", Path.Combine("src", "PerCall.Functions"), "-c", "Release", "-o", output, "--nologo", "-v", "quiet", .. arguments],
            Repository.Root, cancellation);
        return output;
    }

    private static async Task<double> ReadyAsync(string folder, AzuriteFixture azurite, HttpClient client, CancellationToken cancellation)
    {
        using var temporary = new TemporaryFolder();
        using var ports = new ReservedPorts();
        var port = ports.First;
        var address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
        var started = Stopwatch.GetTimestamp();
        await using var service = ServiceProcess.Start(Path.Combine(
            folder, "PerCall.Functions.dll"), folder, new Dictionary<string, string?>
            {
                ["AzureWebJobsStorage"] = azurite.ConnectionString,
                ["ASPNETCORE_URLS"] = address,
                ["PERCALL_ADMIN_KEY"] = ServiceBed.OperatorKey,
                ["PerCall__Models__CacheFolder"] = temporary.Path,
            });
        await StartCommand.WaitForPortAsync(port, started, cancellation);
        while (Stopwatch.GetElapsedTime(started) < Patience)
        {
            using var answer = await client.GetAsync(new Uri($"{address}/health/ready"), cancellation);
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            }

            await Task.Delay(Interval, TimeProvider.System, cancellation);
        }

        throw new TimeoutException($"{folder} was not ready within {Patience}:\n{service.Report}");
    }

    private static double Megabytes(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length) / 1048576.0;

    private static string Size(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);

    private static string Text(double value) => value.ToString("0", CultureInfo.InvariantCulture);
}
