namespace PerCall.Inference.Sessions;

/// <summary>
/// Limits the calls that run a model concurrently and the calls that wait. Turns go to the shares (<see cref="TurnShare"/>) in rotation,
/// and within a share in order of arrival. When the queue is full, a call of the share with the most waiting calls gives way to one of a share
/// with fewer; otherwise the new call is rejected at once.
/// </summary>
internal sealed class RunQueue(string model, int concurrency, int queue) : IDisposable
{
    /// <summary>Maximum number of a share's waiting calls to look at for one that joins a run.</summary>
    private const int LookAt = 64;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, WaitingShare> _shares = [];

    /// <summary>Shares with waiting calls; the first one has the next turn.</summary>
    private readonly LinkedList<WaitingShare> _order = [];
    private int _running;
    private int _waiting;
    private bool _disposed;

    /// <inheritdoc cref="EnterAsync(JoinableRun?, CancellationToken)"/>
    public async ValueTask<Turn> EnterAsync(CancellationToken cancellation) => (await EnterAsync(run: null, cancellation))!;

    /// <summary>Waits for a turn, which lasts until it is disposed of.</summary>
    /// <param name="run">The run, if it may join the run of another call.</param>
    /// <param name="cancellation">Cancels the wait, unless the call has joined another run.</param>
    /// <returns>A turn, with the runs that have joined; null if <paramref name="run"/> joined another one, which has ended.</returns>
    /// <exception cref="ModelBusyException">The queue is full.</exception>
    public ValueTask<Turn?> EnterAsync(JoinableRun? run, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        WaitingCall waiting;
        WaitingCall? displaced = null;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_running < concurrency)
            {
                _running++;
                return new(new Turn(this, []));
            }

            var share = TurnShare.Current ?? "";
            var own = _shares.GetValueOrDefault(share);
            if (_waiting >= queue && (displaced = Displace(own?.Calls.Count ?? 0)) is null)
            {
                throw Busy();
            }

            waiting = Add(share, run);
        }

        displaced?.Refuse(Busy());
        return new(WaitAsync(waiting, cancellation));
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
        }
    }

    /// <summary>Gives an ended turn to the next call.</summary>
    internal void Leave()
    {
        WaitingCall? next;
        List<WaitingCall> joined = [];
        lock (_gate)
        {
            next = _order.First?.Value is { } share ? Take(share, share.Calls.First!) : null;
            if (next is null)
            {
                _running--;
                return;
            }

            if (next.Run is { } run)
            {
                Join(run, joined);
            }
        }

        next.Begin(new Turn(this, joined));
    }

    private async Task<Turn?> WaitAsync(WaitingCall waiting, CancellationToken cancellation)
    {
        await using var registration = cancellation.UnsafeRegister(
            static (state, token) =>
            {
                var (queue, waiting) = ((RunQueue, WaitingCall))state!;
                if (queue.TryRemove(waiting))
                {
                    waiting.Cancel(token);
                }
            },
            (this, waiting));
        return await waiting.Turn;
    }

    /// <summary>Takes waiting calls that can join a run, one of each share at a time: the one whose length is closest.</summary>
    private void Join(JoinableRun run, List<WaitingCall> joined)
    {
        var found = true;
        while (found)
        {
            found = false;
            foreach (var share in _order.ToArray())
            {
                if (Closest(share, run) is { } node)
                {
                    run.Admit(node.Value.Run!);
                    joined.Add(Take(share, node));
                    found = true;
                }
            }
        }
    }

    private static LinkedListNode<WaitingCall>? Closest(WaitingShare share, JoinableRun run)
    {
        LinkedListNode<WaitingCall>? closest = null;
        var least = int.MaxValue;
        for (var (node, looked) = (share.Calls.First, 0); node is not null && looked < LookAt && least > 0; node = node.Next, looked++)
        {
            if (node.Value.Run is { } other && run.DifferenceOf(other) is { } difference && difference < least)
            {
                (closest, least) = (node, difference);
            }
        }

        return closest;
    }

    private WaitingCall Add(string share, JoinableRun? run)
    {
        if (!_shares.TryGetValue(share, out var own))
        {
            own = new(share);
            _shares.Add(share, own);
            own.Place = _order.AddLast(own);
        }

        var waiting = new WaitingCall(own, run);
        waiting.Place = own.Calls.AddLast(waiting);
        _waiting++;
        return waiting;
    }

    /// <summary>Removes a waiting call, and moves its share to the end of the rotation.</summary>
    private WaitingCall Take(WaitingShare share, LinkedListNode<WaitingCall> node)
    {
        share.Calls.Remove(node);
        node.Value.Place = null;
        _waiting--;
        _order.Remove(share.Place!);
        if (share.Calls.Count > 0)
        {
            _order.AddLast(share.Place!);
        }
        else
        {
            _shares.Remove(share.Name);
        }

        return node.Value;
    }

    /// <summary>Removes the newest call of the share with the most calls, if that has at least two more than another share's number.</summary>
    private WaitingCall? Displace(int own)
    {
        var most = _shares.Values.MaxBy(s => s.Calls.Count);
        if (most is null || most.Calls.Count <= own + 1)
        {
            return null;
        }

        var newest = most.Calls.Last!.Value;
        most.Calls.RemoveLast();
        newest.Place = null;
        _waiting--;
        return newest;
    }

    private bool TryRemove(WaitingCall waiting)
    {
        lock (_gate)
        {
            if (waiting.Place is not { } place)
            {
                return false;
            }

            Take(waiting.Share, place);
            return true;
        }
    }

    private ModelBusyException Busy() => new(
        $"The model {model} has {concurrency} calls running and {queue} waiting, which is the limit on this instance; try again later.",
        RetryAfter);
}

/// <summary>The waiting calls of one share.</summary>
internal sealed class WaitingShare(string name)
{
    public string Name => name;

    public LinkedList<WaitingCall> Calls { get; } = [];

    /// <summary>The share's place in the rotation.</summary>
    public LinkedListNode<WaitingShare>? Place { get; set; }
}

/// <summary>One call that waits for a turn.</summary>
internal sealed class WaitingCall(WaitingShare share, JoinableRun? run)
{
    private readonly TaskCompletionSource<Turn?> _turn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public WaitingShare Share => share;

    public JoinableRun? Run => run;

    /// <summary>The call's place in its share; null when it no longer waits.</summary>
    public LinkedListNode<WaitingCall>? Place { get; set; }

    public Task<Turn?> Turn => _turn.Task;

    public void Begin(Turn? turn) => _turn.SetResult(turn);

    public void Refuse(ModelBusyException busy) => _turn.SetException(busy);

    public void Cancel(CancellationToken token) => _turn.SetCanceled(token);
}
