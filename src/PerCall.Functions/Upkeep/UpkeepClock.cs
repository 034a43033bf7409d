using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Functions.Storage.Work;

namespace PerCall.Functions.Upkeep;

/// <summary>
/// Starts a round of chores about a minute after work was opened, with a delayed message of the queue <c>work</c>. One row holds the round
/// that is due, so that all instances together have one message. A message that the row does not name does nothing.
/// </summary>
/// <remarks>
/// The row is cleared before a round begins. Work that is opened during the round therefore finds no round due, and makes another. If a
/// process ends between the row and its message, the row's time passes; whoever looks next replaces it, at the latest the timer's round.
/// </remarks>
public sealed partial class UpkeepClock(
    UpkeepTable table, WorkQueue queue, IOptions<UpkeepOptions> options, TimeProvider time, ILogger<UpkeepClock> log)
    : IHostedService, IDisposable
{
    /// <summary>How late a message may be before it counts as lost.</summary>
    private static readonly TimeSpan Lateness = TimeSpan.FromMinutes(2);

    /// <summary>What is due later than this is left to the timer's rounds, unless the interval is longer.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(2);

    private readonly TimeSpan _interval = options.Value.Interval;
    private readonly TimeSpan _soon = options.Value.Interval * 2;

    /// <summary>By how much the clocks of two instances may differ. A round that is due sooner may have begun already.</summary>
    private readonly TimeSpan _margin = Min(options.Value.Interval / 4, TimeSpan.FromSeconds(5));

    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();

    // What is opened before this time is seen by a round that is already due. In ticks (UTC).
    private long _coveredUntil;

    /// <summary>The request for a round that this instance makes now, or made last. It never fails.</summary>
    public Task Arming { get; private set; } = Task.CompletedTask;

    /// <summary>
    /// Reports that work was opened: a charge was written, a lease taken, a row added. Returns at once and never fails. At most one request
    /// for a round runs at a time on this instance, and none while a round is known to be due.
    /// </summary>
    public void Wake()
    {
        if (IsCovered())
        {
            return;
        }

        lock (_gate)
        {
            if (!IsCovered() && Arming.IsCompleted)
            {
                Arming = Task.Run(ArmAsync);
            }
        }
    }

    /// <summary>
    /// Makes a round due at a time, unless one is due. Does nothing if the time is more than two minutes and more than two intervals away:
    /// such work is left to the timer's rounds.
    /// </summary>
    /// <param name="next">The time. The round is at least one interval from now.</param>
    /// <param name="failures">Rounds that failed in succession until now.</param>
    /// <param name="cancellation">Cancels the requests to storage.</param>
    public async Task ArmAsync(DateTimeOffset next, int failures, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var due = Max(next, now + _interval);
        if (due > now + Max(Ahead, _soon))
        {
            return;
        }

        while (true)
        {
            var state = await table.ReadClockAsync(cancellation);
            if ((state.Due is { } armed && IsArmed(armed, now, Max(due, now + _soon)))
                || await TryArmAsync(state, due, failures, cancellation))
            {
                return;
            }
        }
    }

    /// <summary>Begins the round of a message.</summary>
    /// <returns>The number of rounds that failed before it; null: another message has replaced this one.</returns>
    public async Task<int?> BeginAsync(string round, CancellationToken cancellation)
    {
        while (true)
        {
            var state = await table.ReadClockAsync(cancellation);
            if (state.Round != round)
            {
                return null;
            }

            // If the round has begun before, its instance has ended, or the message was received twice.
            if (state.Due is null || await table.TryWriteClockAsync(state with { Due = null }, cancellation) is not null)
            {
                return state.Failures;
            }
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Completes a request that has begun.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await Arming.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _stopping.Dispose();

    /// <summary>
    /// Whether a round that is due comes by a time. If it is long overdue, its message is lost; if it is due much later, it is for other work, or of
    /// an instance with other settings.
    /// </summary>
    private static bool IsArmed(DateTimeOffset due, DateTimeOffset now, DateTimeOffset until) => due > now - Lateness && due <= until;

    private bool IsCovered() => time.GetUtcNow().UtcTicks < Volatile.Read(ref _coveredUntil);

    private async Task ArmAsync()
    {
        try
        {
            for (var pause = _margin; ; pause *= 2)
            {
                var (state, now) = (await table.ReadClockAsync(CancellationToken.None), time.GetUtcNow());
                if (state.Due is not { } due || !IsArmed(due, now, now + _soon))
                {
                    if (await TryArmAsync(state, now + _interval, failures: 0, CancellationToken.None))
                    {
                        Cover(now + _interval);
                        return;
                    }
                }
                else if (due > now + _margin || _stopping.IsCancellationRequested)
                {
                    Cover(due);
                    return;
                }
                else
                {
                    // The round may have begun by another instance's clock, or begins any moment. When it has begun, the row says so.
                    await Task.Delay(Max(due - now, TimeSpan.Zero) + pause, time, _stopping.Token)
                        .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
        }
        catch (Exception e)
        {
            // The next charge of any instance tries again, and the timer's round needs no message.
            LogFailed(e);
            Cover(time.GetUtcNow() + _margin + _margin);
        }
    }

    private void Cover(DateTimeOffset due) => Volatile.Write(ref _coveredUntil, (due - _margin).UtcTicks);

    /// <returns>False: another process has changed the row, and nothing was sent.</returns>
    private async Task<bool> TryArmAsync(ClockState read, DateTimeOffset due, int failures, CancellationToken cancellation)
    {
        var armed = read with { Round = Guid.CreateVersion7(time.GetUtcNow()).ToString("n"), Due = due, Failures = failures };
        var tag = await table.TryWriteClockAsync(armed, cancellation);
        if (tag is null && (await table.ReadClockAsync(cancellation)).Round != armed.Round)
        {
            return false;
        }

        try
        {
            // A round belongs to no call, so its message continues no trace.
            Activity.Current = null;
            var body = new RoundName(armed.Round);
            await queue.SendAsync(RoundName.Kind, body, RoundJson.Default.RoundName, due - time.GetUtcNow(), cancellation);
        }
        catch when (tag is not null)
        {
            // The row must not promise a round that nothing starts.
            await table.TryWriteClockAsync(armed with { Due = null, ETag = tag }, CancellationToken.None);
            throw;
        }

        return true;
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static DateTimeOffset Max(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    [LoggerMessage(Level = LogLevel.Warning, Message = "Failed to request the next round of chores; a timer starts one within 15 minutes")]
    private partial void LogFailed(Exception exception);
}
