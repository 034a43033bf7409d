using System.Diagnostics;
using System.Runtime.InteropServices;

namespace PerCall.Testing;

/// <summary>A service as a real process: <c>dotnet X.dll</c>, with its output captured. It is killed when disposed.</summary>
public sealed class ServiceProcess : IAsyncDisposable
{
    private const int SigTerm = 15;
    private const string ListeningMark = "Now listening on: ";
    private const string StartedMark = "Application started.";

    // What a developer's shell may have set must not reach the service.
    private static readonly string[] ScrubbedPrefixes = ["ASPNETCORE_", "DOTNET_ENVIRONMENT", "AZURE_FUNCTIONS", "AzureWebJobs",
        "AzureFunctions", "PERCALL"];

    private readonly Process _process;
    private readonly ProcessOutput _output;

    private ServiceProcess(Process process, ProcessOutput output, string? storage) =>
        (_process, _output, Storage) = (process, output, storage);

    public int Id => _process.Id;

    /// <summary>The storage that it was given; null: none.</summary>
    public string? Storage { get; }

    /// <summary>The storage of its tables.</summary>
    public string? KeptStorage { get; private init; }

    /// <summary>
    /// Whether it is stopped and not killed when it is disposed of: what it works on goes back to others at once, and they do not wait
    /// until it is taken for dead.
    /// </summary>
    public bool EndsGracefully { get; set; }

    /// <summary>Seconds of processor time so far.</summary>
    public double ProcessorSeconds
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime.TotalSeconds;
        }
    }

    /// <summary>Standard output and error so far, line by line.</summary>
    public IReadOnlyList<string> Lines => _output.Lines;

    /// <summary>Its output as a failure shows it: when each line came, and what the process is doing now.</summary>
    public string Report => _output.Report;

    /// <summary>First address the service listens on; known once it is ready.</summary>
    public Uri Address { get; private set; } = new("http://localhost");

    /// <summary>
    /// Starts a service that listens on a free port of its own choice, unless <paramref name="arguments"/> say otherwise.
    /// </summary>
    /// <param name="assembly">Path of the dll.</param>
    /// <param name="folder">Its current folder.</param>
    /// <param name="environment">Set on top of this process's environment; null removes.</param>
    /// <param name="arguments">Its command line.</param>
    public static ServiceProcess Start(
        string assembly, string folder, IEnumerable<KeyValuePair<string, string?>> environment, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(
            Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : DotnetPath())
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.ArgumentList.Add(assembly);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var name in start.Environment.Keys.Where(
            k => ScrubbedPrefixes.Any(p => k.StartsWith(p, StringComparison.OrdinalIgnoreCase))).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        // A decimal comma, and an i without a dot: nothing the service reads or writes may depend on the system's culture.
        start.Environment["LANG"] = "tr_TR.UTF-8";
        // Hexadecimal. These processes are short-lived: compiling anew what ran thirty times costs them more than it brings.
        start.Environment["DOTNET_TC_CallCountThreshold"] = "400";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = new Process { StartInfo = start };
        var output = new ProcessOutput(process);
        process.Start();
        output.Begin();
        return new ServiceProcess(process, output, start.Environment.TryGetValue("AzureWebJobsStorage", out var storage) ? storage : null)
        {
            KeptStorage = start.Environment.TryGetValue("PerCallKeptStorage", out var kept) ? kept : storage,
        };
    }

    /// <summary>Waits until the service takes requests and its listeners run.</summary>
    public async Task<ServiceProcess> WaitUntilReadyAsync()
    {
        await WaitAsync(
            lines =>
                lines.FirstOrDefault(line => line.Contains(StartedMark, StringComparison.Ordinal)), "the service is ready",
                ProcessOutput.StartPatience);
        var listening = Lines.First(line => line.Contains(ListeningMark, StringComparison.Ordinal));
        Address = new Uri(listening[(listening.IndexOf(ListeningMark, StringComparison.Ordinal) + ListeningMark.Length)..].Trim());
        return this;
    }

    /// <summary>
    /// Waits for a line, which may have come already; fails with the last lines and the state of the storage when it does not come.
    /// </summary>
    public Task<string> WaitForLineAsync(Func<string, bool> wanted, string what = "a line") =>
        WaitAsync(lines => lines.FirstOrDefault(wanted), what);

    /// <summary>Waits for a line that begins so.</summary>
    public Task<string> WaitForLineAsync(string beginning) =>
        WaitForLineAsync(line => line.StartsWith(beginning, StringComparison.Ordinal), $"a line that begins with '{beginning}'");

    /// <summary>Waits until as many lines begin so, and returns all that do.</summary>
    public async Task<IReadOnlyList<string>> WaitForLinesAsync(string beginning, int count)
    {
        await WaitAsync(
            lines =>
                lines.Count(l => l.StartsWith(beginning, StringComparison.Ordinal)) >= count ? "" : null,
                $"{count} lines that begin with '{beginning}'");
        return [.. Lines.Where(l => l.StartsWith(beginning, StringComparison.Ordinal))];
    }

    /// <summary>SIGTERM, as a container host sends it.</summary>
    public void Terminate()
    {
        if (SendSignal(_process.Id, SigTerm) != 0)
        {
            throw new InvalidOperationException($"SIGTERM could not be sent to process {_process.Id}.");
        }
    }

    /// <summary>SIGTERM, and the end of the process: its exit code.</summary>
    public Task<int> StopAsync()
    {
        Terminate();
        return WaitForExitAsync();
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Waits for the end of the process: its exit code, with all its output in <see cref="Lines"/>.</summary>
    public async Task<int> WaitForExitAsync()
    {
        using var bounded = new CancellationTokenSource(ProcessOutput.Patience);
        try
        {
            await _process.WaitForExitAsync(bounded.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException(
                $"The process has not ended in {ProcessOutput.Patience.TotalSeconds} s.{await FailureReport.WriteAsync([this])}");
        }

        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited && EndsGracefully)
        {
            Terminate();
            await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(ProcessOutput.Patience).ConfigureAwait(
                ConfigureAwaitOptions.SuppressThrowing);
        }

        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private async Task<string> WaitAsync(Func<IReadOnlyList<string>, string?> find, string what, TimeSpan? patience = null)
    {
        try
        {
            return await _output.WaitAsync(find, what, patience);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException(e.Message + await FailureReport.WriteAsync([this], withOutput: false));
        }
    }

    private static string DotnetPath() => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int SendSignal(int processId, int signal);
}
