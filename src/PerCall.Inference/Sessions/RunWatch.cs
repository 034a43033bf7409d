using Microsoft.ML.OnnxRuntime;

namespace PerCall.Inference.Sessions;

/// <summary>
/// Stops runs of one session that take too long. One timer checks all runs a few times within the limit, so a run costs two list
/// operations and no timer of its own. While nothing runs, the timer is off.
/// </summary>
/// <param name="limit">Maximum time of a run. It is stopped within a quarter more, at the graph's next operator.</param>
/// <param name="time">The clock.</param>
internal sealed class RunWatch(TimeSpan limit, TimeProvider time) : IDisposable
{
    private const int LooksWithinLimit = 4;

    private readonly Lock _gate = new();
    private readonly LinkedList<Run> _running = [];
    private ITimer? _timer;
    private bool _isSet;

    public TimeSpan Limit => limit;

    /// <summary>Watches a run until the result is disposed, which must happen before its options are disposed.</summary>
    public Run Begin(RunOptions options)
    {
        var run = new Run(this, options, time.GetTimestamp());
        lock (_gate)
        {
            run.Node = _running.AddLast(run);
            if (!_isSet)
            {
                _isSet = true;
                _timer ??= time.CreateTimer(
                    static watch => ((RunWatch)watch!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                _timer.Change(limit / LooksWithinLimit, Timeout.InfiniteTimeSpan);
            }
        }

        return run;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isSet = true;
            _timer?.Dispose();
        }
    }

    private void Look()
    {
        lock (_gate)
        {
            // The longest runs are at the front.
            for (var node = _running.First; node is not null && time.GetElapsedTime(node.Value.Started) >= limit; node = node.Next)
            {
                node.Value.End();
            }

            _isSet = _running.Count > 0;
            if (_isSet)
            {
                _timer!.Change(limit / LooksWithinLimit, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void Remove(Run run)
    {
        lock (_gate)
        {
            _running.Remove(run.Node!);
        }
    }

    /// <summary>A watched run.</summary>
    internal sealed class Run(RunWatch watch, RunOptions options, long started) : IDisposable
    {
        public long Started => started;

        /// <summary>Whether the run was stopped because of the limit.</summary>
        public bool IsOver { get; private set; }

        public LinkedListNode<Run>? Node { get; set; }

        /// <summary>Called while the watch is locked, so the options are not yet disposed.</summary>
        public void End()
        {
            if (!IsOver)
            {
                IsOver = true;
                options.Terminate = true;
            }
        }

        public void Dispose() => watch.Remove(this);
    }
}
