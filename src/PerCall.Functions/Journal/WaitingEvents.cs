namespace PerCall.Functions.Journal;

/// <summary>
/// The events of one charge, which wait to be written together or, without events, a caller that waits until the journal is open.
/// </summary>
public sealed class WaitingEvent(UsageEvents? usage, string? generation, long since)
{
    private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public UsageEvents? Usage => usage;

    public string? Generation => generation;

    /// <summary>Timestamp of its arrival.</summary>
    public long Since => since;

    public Task Task => _written.Task;

    public void Written() => _written.TrySetResult();

    public void NotWritten(Exception why) => _written.TrySetException(why);
}

/// <summary>The waiting events, and the number of running calls that will add more.</summary>
public sealed class WaitingEvents(TimeProvider time)
{
    /// <summary>The thread pool does not signal when its queue gets shorter, so it is polled.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(1);

    private readonly Lock _lock = new();
    private readonly LinkedList<WaitingEvent> _events = [];
    private int _running;
    private int _wanted;
    private bool _woken;
    private TaskCompletionSource? _wake;

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _events.Count;
            }
        }
    }

    /// <summary>Number of announced calls.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Announces a running call, until the result is disposed of.</summary>
    public IDisposable Expect()
    {
        lock (_lock)
        {
            _running++;
        }

        return new RunningCall(this);
    }

    /// <summary>Adds an event. Returns false if the maximum number of events is waiting already.</summary>
    public bool TryAdd(WaitingEvent one, int most)
    {
        lock (_lock)
        {
            if (_events.Count >= most)
            {
                return false;
            }

            _events.AddLast(one);
            WakeIfEnough();
            return true;
        }
    }

    /// <summary>Puts back taken events, before all others.</summary>
    public void PutBack(IReadOnlyList<WaitingEvent> events)
    {
        lock (_lock)
        {
            for (var i = events.Count - 1; i >= 0; i--)
            {
                _events.AddFirst(events[i]);
            }

            WakeIfEnough();
        }
    }

    /// <summary>Ends the current wait of the loop, or its next one.</summary>
    public void Wake()
    {
        lock (_lock)
        {
            _woken = true;
            _wake?.TrySetResult();
        }
    }

    /// <summary>Returns when an event is waiting, or after the given time.</summary>
    public Task AnyAsync(TimeSpan most) => WaitAsync(1, most);

    /// <summary>
    /// Returns when three of four calls have an event waiting, or after the given time. Counts running calls and calls queued in the thread
    /// pool. Calls then wait no longer than they worked, and the fourth keeps the processors busy during the append. Returns at once if
    /// calls have come one at a time.
    /// </summary>
    public async Task MostExpectedAsync(TimeSpan most, int lastBatch)
    {
        if (lastBatch <= 1 && Count == 1)
        {
            return;
        }

        var started = time.GetTimestamp();
        for (var left = most; left > TimeSpan.Zero; left = most - time.GetElapsedTime(started))
        {
            await WaitAsync(0, left);
            if (IsEnough(ThreadPool.PendingWorkItemCount))
            {
                return;
            }

            await Task.Delay(LookAgain, time);
        }
    }

    /// <summary>Takes the first event, if there is one and it matches.</summary>
    public WaitingEvent? TakeIf(Func<WaitingEvent, bool> passes)
    {
        lock (_lock)
        {
            if (_events.First is not { } first || !passes(first.Value))
            {
                return null;
            }

            _events.RemoveFirst();
            return first.Value;
        }
    }

    /// <summary>Takes all matching events, at any position.</summary>
    public List<WaitingEvent> TakeAll(Func<WaitingEvent, bool> passes)
    {
        List<WaitingEvent> taken = [];
        lock (_lock)
        {
            for (var node = _events.First; node is not null;)
            {
                var next = node.Next;
                if (passes(node.Value))
                {
                    _events.Remove(node);
                    taken.Add(node.Value);
                }

                node = next;
            }
        }

        return taken;
    }

    /// <param name="wanted">Number of events to wait for; 0: three of four running calls.</param>
    /// <param name="most">Maximum time to wait.</param>
    private async Task WaitAsync(int wanted, TimeSpan most)
    {
        TaskCompletionSource wake;
        lock (_lock)
        {
            (_wanted, _wake) = (wanted, wake = new(TaskCreationOptions.RunContinuationsAsynchronously));
            if (_woken)
            {
                wake.TrySetResult();
            }

            WakeIfEnough();
        }

        if (!wake.Task.IsCompleted)
        {
            using var ended = new CancellationTokenSource();
            await Task.WhenAny(wake.Task, Task.Delay(most, time, ended.Token));
            await ended.CancelAsync();
        }

        lock (_lock)
        {
            (_wake, _woken) = (null, false);
        }
    }

    private void WakeIfEnough()
    {
        if (_wake is { } wake && (_wanted > 0 ? _events.Count >= _wanted : IsMost(0)))
        {
            wake.TrySetResult();
        }
    }

    private bool IsEnough(long pending)
    {
        lock (_lock)
        {
            return IsMost(pending);
        }
    }

    private bool IsMost(long pending) => _events.Count * 4 >= (_running + pending) * 3;

    private void Leave()
    {
        lock (_lock)
        {
            _running--;
            WakeIfEnough();
        }
    }

    private sealed class RunningCall(WaitingEvents waiting) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                waiting.Leave();
            }
        }
    }
}
