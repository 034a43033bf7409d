using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using PerCall.Hosting.Configuration;
using PerCall.Hosting.Functions;
using PerCall.Hosting.Lifetime;
using PerCall.Hosting.Locks;

namespace PerCall.Hosting.Timers;

/// <summary>Runs one timer function when it is due, while this instance holds the timer's lock.</summary>
internal sealed partial class TimerListener(
    TimerFunction timer,
    SingletonLocks locks,
    ScheduleStatusStore statuses,
    ScopedInvoker invoker,
    HostingOptions options,
    GracePeriod grace,
    TimeProvider time,
    ILogger<TimerListener> logger)
{
    // A timer cannot wait for months. This also bounds the time until a change of the system clock is noticed.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    private string Name => timer.Function.Name;

    private DateTime UtcNow => time.GetUtcNow().UtcDateTime;

    public async Task RunAsync()
    {
        while (!grace.Stopping.IsCancellationRequested)
        {
            try
            {
                await using var held = await locks.AcquireAsync($"timers/{Name}", grace.Stopping);
                using var tenure = CancellationTokenSource.CreateLinkedTokenSource(grace.Stopping, held.Lost);
                await RunScheduleAsync(held, tenure.Token);
            }
            catch (OperationCanceledException)
            {
                // The host is stopping, or the lock was lost; the loop acquires it again.
            }
            catch (Exception e)
            {
                LogStorageFailed(Name, StorageFault.Reason(e));
                await Task.Delay(options.FaultPause, time, grace.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task RunScheduleAsync(SingletonLock held, CancellationToken tenure)
    {
        var status = timer.UseMonitor ? await statuses.ReadAsync(Name, tenure) : null;
        if (timer.UseMonitor && status is null)
        {
            status = new ScheduleStatus { Next = timer.Schedule.GetNextOccurrence(UtcNow), LastUpdated = UtcNow };
            await statuses.WriteAsync(Name, status, tenure);
        }

        if (status is not null)
        {
            // Computed from the last run, not from the stored Next: the schedule may have changed.
            var missed = timer.Schedule.GetNextOccurrence(status.Last > default(DateTime) ? status.Last : status.LastUpdated);
            if (missed <= UtcNow)
            {
                LogPastDue(Name, missed);
                status = await RunOnceAsync(missed, status, isPastDue: true, held, tenure);
            }
        }

        while (true)
        {
            var next = timer.Schedule.GetNextOccurrence(UtcNow);
            await WaitUntilAsync(next, tenure);
            status = await RunOnceAsync(next, status, isPastDue: false, held, tenure);
        }
    }

    private async Task WaitUntilAsync(DateTime occurrence, CancellationToken cancellationToken)
    {
        while (occurrence - UtcNow is { Ticks: > 0 } left)
        {
            // Rounded up, so that the timer does not fire just before the occurrence and find it again.
            var wait = left < LongestWait ? left + TimeSpan.FromMilliseconds(1) : LongestWait;
            await Task.Delay(wait, time, cancellationToken);
        }
    }

    private async Task<ScheduleStatus?> RunOnceAsync(
        DateTime occurrence, ScheduleStatus? status, bool isPastDue, SingletonLock held, CancellationToken tenure)
    {
        tenure.ThrowIfCancellationRequested();
        var info = new TimerInfo { IsPastDue = isPastDue, ScheduleStatus = status };
        try
        {
            await invoker.InvokeAsync(
                timer.Function, new Dictionary<string, object?>(), _ => ValueTask.FromResult<object?>(info), held.Lost);
        }
        catch (Exception) when (held.Lost.IsCancellationRequested || grace.Cancelling.IsCancellationRequested)
        {
            // The run did not complete, so its occurrence stays due: the next holder of the lock runs it.
            throw new OperationCanceledException(tenure);
        }
        catch (Exception e)
        {
            LogFailed(e, Name);
        }

        if (!timer.UseMonitor)
        {
            return null;
        }

        var now = UtcNow;

        // One run covers all occurrences that have passed by its end.
        var last = timer.Schedule.GetNextOccurrence(occurrence) <= now ? now : occurrence;
        var updated = new ScheduleStatus { Last = last, Next = timer.Schedule.GetNextOccurrence(now), LastUpdated = now };
        await statuses.WriteAsync(Name, updated, CancellationToken.None);
        return updated;
    }

    [LoggerMessage(LogLevel.Error, "Timer {Function} failed.")]
    private partial void LogFailed(Exception exception, string function);

    [LoggerMessage(LogLevel.Information, "Timer {Function} is past due since {Missed:O}.")]
    private partial void LogPastDue(string function, DateTime missed);

    [LoggerMessage(LogLevel.Warning, "Timer {Function} is paused, because storage failed: {Reason}")]
    private partial void LogStorageFailed(string function, string reason);
}
