using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace PerCall.Testing;

/// <summary>The lines that a process writes, and waiting for them.</summary>
public sealed class ProcessOutput
{
    /// <summary>After this time without any change, a wait has failed.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>For the start of a process, which has much to read and to compile.</summary>
    public static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(2);

    private const int LinesOfAReport = 400;

    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private readonly List<long> _times = [];
    private readonly long _begun = TimeProvider.System.GetTimestamp();
    private readonly Process _process;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open = 2;

    public ProcessOutput(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, e) => Add(e.Data);
        process.ErrorDataReceived += (_, e) => Add(e.Data);
    }

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_gate)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>The last lines, each with the seconds since the start at which it came, and the state of the process.</summary>
    public string Report
    {
        get
        {
            var report = new StringBuilder();
            lock (_gate)
            {
                var left = Math.Max(0, _lines.Count - LinesOfAReport);
                if (left > 0)
                {
                    report.Append(CultureInfo.InvariantCulture, $"({left} earlier lines)\n");
                }

                foreach (var (line, time) in _lines.Zip(_times).Skip(left))
                {
                    report.Append(CultureInfo.InvariantCulture, $"{Seconds(time)} {line}\n");
                }
            }

            return report.Append(CultureInfo.InvariantCulture, $"{Seconds(TimeProvider.System.GetTimestamp())} {State()}").ToString();
        }
    }

    public void Begin()
    {
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>
    /// Waits until <paramref name="find"/> finds something in the lines; for <see cref="Patience"/> unless told otherwise.
    /// </summary>
    /// <param name="find">Looks through the lines.</param>
    /// <param name="what">What is waited for, as the failure names it.</param>
    /// <param name="patience">How long.</param>
    public async Task<string> WaitAsync(Func<IReadOnlyList<string>, string?> find, string what, TimeSpan? patience = null)
    {
        using var bounded = new CancellationTokenSource(patience ?? Patience);
        while (true)
        {
            Task changed;
            bool ended;
            lock (_gate)
            {
                if (find(_lines) is { } found)
                {
                    return found;
                }

                (changed, ended) = (_changed.Task, _open == 0);
            }

            if (ended)
            {
                throw new InvalidOperationException($"The process has ended. Waited for: {what}. Its output:\n{Report}");
            }

            try
            {
                await changed.WaitAsync(bounded.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException(
                    $"Nothing came in {(patience ?? Patience).TotalSeconds} s. Waited for: {what}. The output:\n{Report}");
            }
        }
    }

    private string Seconds(long time) =>
        string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetElapsedTime(_begun, time).TotalSeconds,8:0.000}");

    private string State()
    {
        try
        {
            _process.Refresh();
            return _process.HasExited
                ? $"(ended with {_process.ExitCode})"
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"(runs, {_process.Threads.Count} threads, {_process.TotalProcessorTime.TotalSeconds:0.0} s of processor time)");
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It ended in between, or its test has disposed of it; what failed is to be told all the same.
            return "(ended)";
        }
    }

    private void Add(string? line)
    {
        lock (_gate)
        {
            if (line is null)
            {
                _open--;
            }
            else
            {
                _lines.Add(line);
                _times.Add(TimeProvider.System.GetTimestamp());
            }

            _changed.SetResult();
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
