using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Functions.Requests;
using PerCall.Functions.Telemetry;

namespace PerCall.Functions.Journal;

/// <summary>This instance's journal. One loop writes all waiting events with one append, while the next events gather.</summary>
public sealed partial class UsageJournal(
    JournalContainer container, JournalHours hours, JournalLimits limits,
    IOptions<MeteringOptions> options, TimeProvider time, ILogger<UsageJournal> log) : IHostedService, IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);

    private readonly WaitingEvents _waiting = new(time);
    private readonly JournalBatch _batch = new(limits);
    private readonly Lock _starting = new();
    private JournalChain? _chain;
    private volatile JournalPosition? _position;
    private volatile TaskCompletionSource? _drained;
    private volatile bool _disposed;

    // Timestamp of the first failure since storage last worked; 0: storage works.
    private long _troubledSince;
    private Task? _loop;
    private volatile int _lastBatch;
    private long _appends;
    private long _events;

    /// <summary>Called when events are on disk. Must return at once.</summary>
    public Action Written { get; init; } = () => { };

    /// <summary>Number of appends with events so far.</summary>
    public long Appends => Interlocked.Read(ref _appends);

    /// <summary>Number of events written so far.</summary>
    public long Events => Interlocked.Read(ref _events);

    /// <summary>Number of charges in the last append.</summary>
    public int LastBatch => _lastBatch;

    /// <summary>Number of running calls that will write an event.</summary>
    public int Running => _waiting.Running;

    /// <summary>Announces a running call that will write an event, until the result is disposed of.</summary>
    public IDisposable Expect() => _waiting.Expect();

    /// <summary>
    /// Refuses a call at once while storage fails and events are waiting, so that no work is done that cannot be charged. When no events
    /// are waiting, a call is admitted, which tests whether storage works again.
    /// </summary>
    /// <exception cref="RefusedException">503: storage is unavailable.</exception>
    public void RequireOpen()
    {
        if (Interlocked.Read(ref _troubledSince) is not 0 and var since && time.GetElapsedTime(since) > limits.BreakAfter
            && _waiting.Count > 0)
        {
            throw TooLate();
        }
    }

    /// <summary>
    /// Returns the journal's current end; opens the journal if necessary. The generation changes after the journal has been fenced.
    /// </summary>
    /// <exception cref="RefusedException">503: storage is unavailable.</exception>
    public async ValueTask<JournalPosition> PositionAsync(CancellationToken cancellation)
    {
        while (true)
        {
            if (_position is { } position)
            {
                return position;
            }

            await Enqueue(null, null).WaitAsync(cancellation);
        }
    }

    /// <summary>Appends the only event of a charge.</summary>
    /// <inheritdoc cref="AppendAsync(UsageEvents, string?)"/>
    public Task AppendAsync(UsageEvent usage, string? generation) => Enqueue(usage, generation);

    /// <summary>
    /// Appends the events of one charge: all or none. Returns when they are on disk, together with all other waiting events.
    /// </summary>
    /// <param name="usage">The events.</param>
    /// <param name="generation">The generation in which the charge's allowance was leased; null: any generation.</param>
    /// <exception cref="JournalFencedException">No event was written and none ever will be.</exception>
    /// <exception cref="RefusedException">
    /// 503: too many charges are waiting, or storage has been unavailable for too long. No event was written and none ever will be.
    /// </exception>
    public Task AppendAsync(UsageEvents usage, string? generation) => Enqueue(usage, generation);

    /// <summary>
    /// Writes all waiting events, and ends the chain so that no other instance needs to fence it. Later events begin a new chain.
    /// </summary>
    public Task DrainAsync(CancellationToken cancellation)
    {
        lock (_starting)
        {
            if (_loop is null)
            {
                return Task.CompletedTask;
            }

            _drained ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Wake();
            return _drained.Task.WaitAsync(cancellation);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => DrainAsync(cancellationToken);

    public ValueTask DisposeAsync()
    {
        _disposed = true;
        _waiting.Wake();
        return ValueTask.CompletedTask;
    }

    private Task Enqueue(UsageEvents? usage, string? generation)
    {
        var one = new WaitingEvent(usage, generation, time.GetTimestamp());
        if (!_waiting.TryAdd(one, limits.Waiting))
        {
            return Task.FromException(
                Unavailable("journal_full", "Too many calls are waiting for their charges to be written on this instance; try again."));
        }

        if (_loop is null)
        {
            lock (_starting)
            {
                _loop ??= Task.Run(RunAsync);
            }
        }

        return one.Task;
    }

    private async Task RunAsync()
    {
        while (!_disposed)
        {
            try
            {
                await StepAsync();
            }
            catch (Exception e)
            {
                LogFault(e);
                await Task.Delay(FirstPause, time);
            }
        }
    }

    private async Task StepAsync()
    {
        if (_waiting.Count == 0 && _drained is null)
        {
            await _waiting.AnyAsync(UntilNextHour());
        }

        if (_chain is { } chain && (
            chain.Blocks >= limits.BlocksPerBlob || string.CompareOrdinal(
                JournalBlob.Hour(time.GetUtcNow()), JournalBlob.HourOf(chain.Name)) > 0))
        {
            var moved = await chain.MoveAsync(time.GetUtcNow(), Persist());
            Keep(moved);
            if (moved != AppendOutcome.Written)
            {
                return;
            }
        }

        RefuseThoseOfOtherGenerations();
        if (_waiting.Count > 0)
        {
            if (_drained is null)
            {
                await _waiting.MostExpectedAsync(options.Value.CommitDelay, _lastBatch);
            }

            if (_chain is not null || await TryOpenAsync())
            {
                await WriteAsync(_chain!);
            }
        }
        else if (_drained is { } drained)
        {
            if (_chain is not null)
            {
                await _chain.EndAsync(Persist());
                Abandon();
            }

            _drained = null;
            drained.TrySetResult();
        }
    }

    private async Task<bool> TryOpenAsync()
    {
        var persist = Persist();
        while (_waiting.Count > 0)
        {
            try
            {
                _chain = await JournalChain.OpenAsync(container, hours, time.GetUtcNow(), CancellationToken.None);
                _position = _chain.Position;
                Interlocked.Exchange(ref _troubledSince, 0);
                LogOpened(_chain.Name);
                return true;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                await persist(e, mayGiveUp: true);
            }
        }

        return false;
    }

    private async Task WriteAsync(JournalChain chain)
    {
        _batch.Fill(_waiting, chain.Generation);
        // Calls come one at a time if the last append had the events of one charge.
        _lastBatch = _batch.Events.Count(b => b.Usage is not null);
        var events = _batch.Events.Sum(b => b.Usage?.Count ?? 0);
        var outcome = events == 0 ? AppendOutcome.Written : await chain.AppendAsync(_batch.Lines, Persist());
        Keep(outcome);
        switch (outcome)
        {
            case AppendOutcome.Written:
                Interlocked.Add(ref _events, events);
                Interlocked.Add(ref _appends, events == 0 ? 0 : 1);
                if (events > 0)
                {
                    Written();
                }

                _batch.Events.ForEach(b => b.Written());
                _batch.Events.ForEach(b => Measure(b.Usage));

                break;
            case AppendOutcome.Fenced or AppendOutcome.Lost:
                // Events without a required generation go into the next one.
                _batch.Events.ForEach(b => (b.Generation is null ? null : b)?.NotWritten(new JournalFencedException(chain.Generation)));
                _waiting.PutBack([.. _batch.Events.Where(b => b.Generation is null)]);
                break;
            default:
                _batch.Events.ForEach(b => b.NotWritten(TooLate()));
                break;
        }
    }

    private static void Measure(UsageEvents? charge)
    {
        for (var i = 0; i < (charge?.Count ?? 0); i++)
        {
            // A counter only rises, so voided and corrected units stay counted.
            if (charge!.Value[i] is { Voids: null, Units: >= 0 } usage)
            {
                Measures.Charged(usage.Operation, usage.Model, usage.Units);
            }
        }
    }

    private void RefuseThoseOfOtherGenerations()
    {
        foreach (var one in _waiting.TakeAll(w => w.Generation is not null && w.Generation != _chain?.Generation))
        {
            one.NotWritten(new JournalFencedException(one.Generation!));
        }
    }

    private void Keep(AppendOutcome outcome)
    {
        switch (outcome)
        {
            case AppendOutcome.Fenced:
                LogFenced(_chain!.Name);
                Abandon();
                break;
            case AppendOutcome.Lost:
                // A reader closes this journal (JournalFence); this instance begins another one.
                LogLost(_chain!.Name, _chain.Offset);
                Abandon();
                break;
            default:
                _position = _chain!.Position;
                break;
        }

        if (outcome != AppendOutcome.Refused)
        {
            Interlocked.Exchange(ref _troubledSince, 0);
        }
    }

    private void Abandon() => (_chain, _position) = (null, null);

    /// <summary>
    /// Returns a policy that pauses between attempts, each time longer, and fails events that have waited too long and were never sent.
    /// </summary>
    private Persistence Persist()
    {
        var since = time.GetTimestamp();
        var pause = FirstPause;
        return async (fault, mayGiveUp) =>
        {
            LogUnavailable(fault, _chain?.Name);
            Interlocked.CompareExchange(ref _troubledSince, since, 0);
            foreach (var one in _waiting.TakeAll(w => time.GetElapsedTime(w.Since) > limits.GiveUpAfter))
            {
                one.NotWritten(TooLate());
            }

            if (mayGiveUp && time.GetElapsedTime(since) > limits.GiveUpAfter)
            {
                return false;
            }

            await Task.Delay(pause, time);
            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, limits.LongestPause.Ticks));
            return !_disposed || !mayGiveUp;
        };
    }

    private TimeSpan UntilNextHour()
    {
        var now = time.GetUtcNow();
        return _chain is null ? Timeout.InfiniteTimeSpan : JournalBlob.StartOf(JournalBlob.Hour(now)).AddHours(1) - now + FirstPause;
    }

    private static RefusedException TooLate() =>
        Unavailable("journal_unavailable", "The charge could not be written, because storage is unavailable; try again.");

    private static RefusedException Unavailable(string code, string message) =>
        RefusedException.TryAgain(StatusCodes.Status503ServiceUnavailable, code, message, TimeSpan.FromSeconds(5));

    [LoggerMessage(Level = LogLevel.Information, Message = "Started the journal at {Blob}")]
    private partial void LogOpened(string blob);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Another instance closed the journal {Blob}")]
    private partial void LogFenced(string blob);

    [LoggerMessage(
        Level = LogLevel.Critical,
        Message = "Storage lost acknowledged data: the journal {Blob} had {Offset} bytes. New charges go to another journal")]
    private partial void LogLost(string blob, long offset);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Failed to write the journal {Blob}; retrying")]
    private partial void LogUnavailable(Exception exception, string? blob);

    [LoggerMessage(Level = LogLevel.Error, Message = "The journal's loop failed and continues")]
    private partial void LogFault(Exception exception);
}
