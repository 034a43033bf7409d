using System.Diagnostics;
using Microsoft.Extensions.Options;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Upkeep;

/// <summary>Runs rounds of chores, and makes the next one due while work is open.</summary>
public sealed class UpkeepRounds(Chores chores, UpkeepClock clock, IOptions<UpkeepOptions> options, TimeProvider time)
{
    /// <summary>
    /// Runs a round of the timer. It needs no message, so it also finds work whose message was lost, and starts the clock for it.
    /// </summary>
    /// <exception cref="AggregateException">Some chores failed; the others are complete.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var run = await chores.RunAsync(cancellation);
        await ArmAsync(run.Next, failures: 0, cancellation);
        if (run.Failures.Count > 0)
        {
            throw new AggregateException(run.Failures);
        }
    }

    /// <summary>Runs the round of a message, unless another message has replaced it.</summary>
    /// <param name="round">The round that the message names.</param>
    /// <param name="cancellation">Cancels the round.</param>
    public async Task RunAsync(string round, CancellationToken cancellation)
    {
        if (await clock.BeginAsync(round, cancellation) is not { } failures)
        {
            return;
        }

        var run = await chores.RunAsync(cancellation);
        if (run.Failures.Count == 0)
        {
            await ArmAsync(run.Next, failures: 0, cancellation);
            return;
        }

        // The queue does not deliver the message again, because that would be at once. The first retry comes after an interval, the second
        // after two, and so on. The clock takes none that is more than two minutes away, so a permanent failure does not keep it going.
        var retry = time.GetUtcNow() + (options.Value.Interval * Math.Pow(2, failures));
        await ArmAsync(DueTimes.Earlier(run.Next, retry), failures + 1, cancellation);
        Activity.Current?.SetTag("error.type", run.Failures[0].GetType().FullName).SetStatus(ActivityStatusCode.Error);
    }

    private Task ArmAsync(DateTimeOffset? next, int failures, CancellationToken cancellation) =>
        next is { } due ? clock.ArmAsync(due, failures, cancellation) : Task.CompletedTask;
}
