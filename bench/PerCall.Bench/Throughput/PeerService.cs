using System.Diagnostics;
using System.Globalization;
using PerCall.Bench.Running;
using PerCall.Testing;

namespace PerCall.Bench.Throughput;

/// <summary>The Node.js service of <c>bench/peer</c>.</summary>
internal sealed class PeerService : IAsyncDisposable
{
    private readonly Process _process;

    private PeerService(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    /// <param name="settings">On top of its own, which are those that measured quickest.</param>
    /// <param name="cancellation">Ends the installing and starting.</param>
    public static async Task<PeerService> StartAsync(IEnumerable<KeyValuePair<string, string>> settings, CancellationToken cancellation)
    {
        if (!Directory.Exists(Path.Combine(BenchFiles.Peer, "node_modules")))
        {
            Console.WriteLine("Installing the peer's packages");
            await Tool.RunAsync("npm", ["ci", "--no-audit", "--no-fund"], BenchFiles.Peer, cancellation);
        }

        using var ports = new ReservedPorts();
        var port = ports.First;
        string[] arguments =
        [
            "server.js", "--model", Path.Combine(BenchFiles.NetworkPackage, "model.onnx"), "--labels",
            Path.Combine(BenchFiles.NetworkPackage, "labels.txt"),
            "--port", port.ToString(CultureInfo.InvariantCulture),
        ];
        var start = new ProcessStartInfo("node", arguments) { WorkingDirectory = BenchFiles.Peer, RedirectStandardOutput = true };
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        while (await process.StandardOutput.ReadLineAsync(cancellation) is { } line)
        {
            if (line.StartsWith("listening on ", StringComparison.Ordinal))
            {
                return new(process, new Uri($"http://127.0.0.1:{port}"));
            }
        }

        throw new InvalidOperationException("The peer ended before it listened; its error output says why.");
    }

    public async ValueTask DisposeAsync()
    {
        // With it end the processes that it has started.
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
