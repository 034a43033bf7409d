using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net.Mime;
using System.Net.Sockets;
using System.Text;
using PerCall.Bench.Results;
using PerCall.Bench.Running;
using PerCall.Testing;

namespace PerCall.Bench.Start;

/// <summary><c>start</c>: from the start of a process to its first answer.</summary>
internal static class StartCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(2);

    public static Command Create()
    {
        var pairs = new Option<int>("--pairs") { DefaultValueFactory = _ => 9 };
        var command = new Command("start", "Process start to first correct answer, beside a program that only loads the graph and runs it.") { pairs };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(pairs), cancellation));
        return command;
    }

    private static async Task RunAsync(int pairs, CancellationToken cancellation)
    {
        var report = new Report("Start");
        var bareProgram = await Published.ProjectAsync(Path.Combine("bench", "PerCall.Bench.Bare"), cancellation);
        await using var bed = await ServiceBed.CreateAsync(BenchFiles.Packages, cancellation);
        var photo = await File.ReadAllBytesAsync(BenchFiles.Photo, cancellation);
        string expected;
        // The first start publishes the network.
        await using (var first = await bed.StartAsync())
        {
            using var connection = new ClassifyConnection(first.Address, BenchFiles.Network, MediaTypeNames.Image.Jpeg, photo);
            expected = FirstLabel(connection.Call());
        }

        var runs = new List<(double Bare, double Cold, double Warm)>();
        // One uncounted, for the files to come into the system's cache.
        for (var i = -1; i < pairs; i++)
        {
            using var cache = new TemporaryFolder();
            var run = (await BareAsync(bareProgram, cancellation), await ServiceAsync(bed, cache.Path, photo, expected, cancellation), await ServiceAsync(bed, cache.Path, photo, expected, cancellation));
            Console.WriteLine($"bare, service, service with the files on its disk: {run}");
            if (i >= 0)
            {
                runs.Add(run);
            }
        }

        Write(report, runs);
        await report.WriteAsync("start", cancellation);
    }

    private static void Write(Report report, List<(double Bare, double Cold, double Warm)> runs)
    {
        var (bare, cold, warm) = (Statistics.Median(runs.Select(r => r.Bare)), Statistics.Median(runs.Select(r => r.Cold)), Statistics.Median(runs.Select(r => r.Warm)));
        report.Paragraph($"""
            From the start of the process to the first correct answer; MobileNetV2 published in a running Azurite, medians of {runs.Count} interleaved runs, ms.
            The bare program loads the same file from the disk with ONNX Runtime, runs it once on zeros, and ends. The service is `dotnet publish -c Release`
            started by `dotnet PerCall.Functions.dll`; it fetches the package from storage (or finds its files on its disk, as after a restart), loads it, and
            answers a photograph that is posted as soon as the port is open.
            """);
        report.Paragraph($"**{cold / bare:0.00} × the bare program** (wanted: at most 3); with the files on its disk {warm / bare:0.00} ×");
        report.Table(
            ["run", "bare program", "service", "service, files on its disk"],
            [
                .. runs.Select((r, i) => new[] { Text(i + 1), Text(r.Bare), Text(r.Cold), Text(r.Warm) }),
                ["median", Text(bare), Text(cold), Text(warm)],
            ]);
    }

    private static string Text(double value) => value.ToString("0", CultureInfo.InvariantCulture);

    private static async Task<double> BareAsync(string program, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        await Tool.RunAsync("dotnet", [program, Path.Combine(BenchFiles.NetworkPackage, "model.onnx")], BenchFiles.NetworkPackage, cancellation);
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static async Task<double> ServiceAsync(ServiceBed bed, string cache, byte[] photo, string expected, CancellationToken cancellation)
    {
        var port = FreePorts.Find(1)[0];
        var started = Stopwatch.GetTimestamp();
        await using var service = bed.Start(cache, port, packages: null);
        using var connection = await ConnectAsync(new Uri($"http://127.0.0.1:{port}"), photo, started, cancellation);
        var label = FirstLabel(connection.Call());
        var elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        return label == expected ? elapsed : throw new InvalidOperationException($"The first answer was {label}; {expected} is right.");
    }

    private static async Task<ClassifyConnection> ConnectAsync(Uri address, byte[] photo, long started, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return new ClassifyConnection(address, BenchFiles.Network, MediaTypeNames.Image.Jpeg, photo);
            }
            catch (SocketException) when (Stopwatch.GetElapsedTime(started) < Patience)
            {
                await Task.Delay(Interval, TimeProvider.System, cancellation);
            }
        }
    }

    private static string FirstLabel(ReadOnlySpan<byte> answer)
    {
        var label = "\"label\":\""u8;
        var rest = answer[(answer.IndexOf(label) + label.Length)..];
        return Encoding.UTF8.GetString(rest[..rest.IndexOf((byte)'"')]);
    }
}
