using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net;
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
    private const int Uncounted = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(3);

    public static Command Create()
    {
        var pairs = new Option<int>("--pairs") { DefaultValueFactory = _ => 9 };
        var command = new Command(
            "start", "Process start to first correct answer, beside a program that only loads the graph and runs it.") { pairs };
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
        // The first bring files into the system's cache, and Azurite's own code to speed: it is to be running already, not starting too.
        for (var i = -Uncounted; i < pairs; i++)
        {
            using var cache = new TemporaryFolder();
            var run = (
                await BareAsync(bareProgram, cancellation), await ServiceAsync(bed, cache.Path, photo, expected, cancellation),
                await ServiceAsync(bed, cache.Path, photo, expected, cancellation));
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
        var (bare, cold, warm) = (
            Statistics.Median(runs.Select(r => r.Bare)), Statistics.Median(runs.Select(r => r.Cold)),
            Statistics.Median(runs.Select(r => r.Warm)));
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
        await Tool.RunAsync(
            "dotnet", [program, Path.Combine(BenchFiles.NetworkPackage, "model.onnx")], BenchFiles.NetworkPackage, cancellation);
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static async Task<double> ServiceAsync(
        ServiceBed bed, string cache, byte[] photo, string expected, CancellationToken cancellation)
    {
        using var ports = new ReservedPorts();
        var port = ports.First;
        var started = Stopwatch.GetTimestamp();
        await using var service = bed.Start(cache, port, packages: null);
        await WaitForPortAsync(port, started, cancellation);
        using var connection = new ClassifyConnection(
            new Uri($"http://127.0.0.1:{port}"), BenchFiles.Network, MediaTypeNames.Image.Jpeg, photo);
        var label = FirstLabel(connection.Call());
        var elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        return label == expected ? elapsed : throw new InvalidOperationException($"The first answer was {label}; {expected} is right.");
    }

    /// <summary>Asks without exceptions, which would take the processor from the service that is starting.</summary>
    public static async Task WaitForPortAsync(int port, long started, CancellationToken cancellation)
    {
        while (Stopwatch.GetElapsedTime(started) < Patience)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            using var connecting = new SocketAsyncEventArgs { RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, port) };
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            connecting.Completed += (_, _) => done.SetResult();
            if (socket.ConnectAsync(connecting))
            {
                await done.Task;
            }

            if (connecting.SocketError == SocketError.Success)
            {
                return;
            }

            await Task.Delay(Interval, TimeProvider.System, cancellation);
        }

        throw new TimeoutException($"Nothing listened on port {port} within {Patience}.");
    }

    private static string FirstLabel(ReadOnlySpan<byte> answer)
    {
        var label = "\"label\":\""u8;
        var rest = answer[(answer.IndexOf(label) + label.Length)..];
        return Encoding.UTF8.GetString(rest[..rest.IndexOf((byte)'"')]);
    }
}
