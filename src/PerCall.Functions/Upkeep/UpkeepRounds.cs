using Microsoft.Extensions.Options;

namespace PerCall.Functions.Upkeep;

/// <summary>Runs rounds of chores, and makes the next one due while work is open.</summary>
public sealed class UpkeepRounds(Chores chores, UpkeepClock clock, IOptions<UpkeepOptions> options, TimeProvider time)
{
    /// <summary>
    /// Runs a round of the timer. It needs no message, so it also finds work whose message was lost, and starts the clock for it.
    /// </summary>
    /// <exception cref="AggregateException">Some chores failed; the others are complete.</exception>
    public async Task RunAsync(CancellationToken cancellation) =>
        await EndAsync(await chores.RunAsync(cancellation), retry: null, failures: 0, cancellation);

    /// <summary>Runs the round of a message, unless another message has replaced it.</summary>
    /// <inheritdoc cref="RunAsync(CancellationToken)"/>
    /// <param name="round">The round that the message names.</param>
    /// <param name="cancellation">Cancels the round.</param>
    public async Task RunAsync(string round, CancellationToken cancellation)
    {
        if (await clock.BeginAsync(round, cancellation) is not { } failures)
        {
            return;
        }

        var run = await chores.RunAsync(cancellation);

        // Each retry of failed chores waits twice as long, up to the timer's round: a permanent failure must not keep the clock going.
        DateTimeOffset? retry = run.Failures.Count > 0 ? time.GetUtcNow() + (options.Value.Interval * Math.Pow(2, failures)) : null;
        await EndAsync(run, retry, run.Failures.Count > 0 ? failures + 1 : 0, cancellation);
    }

    private async Task EndAsync(ChoresRun run, DateTimeOffset? retry, int failures, CancellationToken cancellation)
    {
        if ((run.Next is null || retry < run.Next ? retry : run.Next) is { } next)
        {
            await clock.ArmAsync(next, failures, cancellation);
        }

        if (run.Failures.Count > 0)
        {
            throw new AggregateException(run.Failures);
        }
    }
}
