using System.Diagnostics;
using System.Globalization;
using PerCall.Hosting.Lifetime;

namespace PerCall.Hosting.Development;

/// <summary>An Azurite process that this process owns. It ends with this process, even when this process is killed.</summary>
internal sealed class AzuriteProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartBound = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan StopBound = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly StreamWriter _log;
    private readonly TimeProvider _time;

    private AzuriteProcess(Process process, StreamWriter log, TimeProvider time) => (_process, _log, _time) = (process, log, time);

    /// <summary>Starts Azurite with its data and log in <paramref name="location"/>, and waits until it responds.</summary>
    /// <exception cref="StartException">It exited at once, or does not respond.</exception>
    public static async Task<AzuriteProcess> StartAsync(
        AzuriteInstallation installation, AzuritePorts ports, string location, TimeProvider time, CancellationToken cancellationToken,
        params IEnumerable<string> preloaded)
    {
        Directory.CreateDirectory(location);
        var logPath = Path.Combine(location, "azurite.log");
        var start = new ProcessStartInfo("node", Arguments(installation, ports, location, preloaded))
        {
            WorkingDirectory = location,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Overrides values from the developer's shell.
            Environment =
            {
                ["AZURITE_ACCOUNTS"] = ports.SecondAccount is { } second
                    ? $"{ports.Account}:{ports.Key};{second}:{ports.Key}"
                    : $"{ports.Account}:{ports.Key}",
            },
        };
        var process = NodeCommand.Start(start);
        var azurite = new AzuriteProcess(process, OpenLog(process, logPath), time);
        try
        {
            var started = time.GetTimestamp();
            while (!await AnswersAsync(ports, cancellationToken))
            {
                if (process.HasExited || time.GetElapsedTime(started) > StartBound)
                {
                    throw new StartException(
                        $"Azurite {(process.HasExited ? "exited" : "does not respond")} on ports {ports.Blob}, {ports.Queue} and "
                            + $"{ports.Table}; " +
                        $"see {logPath}.");
                }

                await Task.Delay(PollInterval, time, cancellationToken);
            }

            return azurite;
        }
        catch
        {
            await azurite.DisposeAsync();
            throw;
        }
    }

    /// <summary>Processor time so far, in seconds.</summary>
    public double ProcessorSeconds
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime.TotalSeconds;
        }
    }

    /// <summary>Kills Azurite without letting it save, like a power cut.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Lets Azurite save its data, and stops it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            // It stops at the end of its input (with-parent.cjs), on every operating system.
            _process.StandardInput.Close();
            using var bounded = new CancellationTokenSource(StopBound, _time);
            try
            {
                await _process.WaitForExitAsync(bounded.Token);
            }
            catch (OperationCanceledException)
            {
                await KillAsync();
            }
        }

        // Also waits for the rest of its output.
        await _process.WaitForExitAsync();
        await _log.DisposeAsync();
        _process.Dispose();
    }

    /// <summary>
    /// Whether all three ports respond. Azurite opens them one after another: queues and tables may still refuse connections when blobs
    /// respond.
    /// </summary>
    private static async Task<bool> AnswersAsync(AzuritePorts ports, CancellationToken cancellationToken) =>
        await StorageProbe.ProbeAsync(ports, cancellationToken) == StorageProbeResult.Storage
        && await StorageProbe.IsTakenAsync(ports.Queue, cancellationToken)
        && await StorageProbe.IsTakenAsync(ports.Table, cancellationToken);

    private static IEnumerable<string> Arguments(
        AzuriteInstallation installation, AzuritePorts ports, string location, IEnumerable<string> preloaded) =>
    [
        .. preloaded.Prepend(installation.PreloadedScript).SelectMany(script => new[] { "--require", script }), installation.Script,
        "--location", location, "--skipApiVersionCheck", "--disableTelemetry", "--silent",
        "--blobPort", Text(ports.Blob), "--queuePort", Text(ports.Queue), "--tablePort", Text(ports.Table),
    ];

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);

    private static StreamWriter OpenLog(Process process, string path)
    {
        var log = new StreamWriter(path, append: false) { AutoFlush = true };
        var lines = TextWriter.Synchronized(log);
        process.OutputDataReceived += (_, e) => lines.WriteLine(e.Data);
        process.ErrorDataReceived += (_, e) => lines.WriteLine(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return log;
    }
}
