using Microsoft.Extensions.Logging;
using PerCall.Functions.Storage.Work;

namespace PerCall.Functions.Storage.Turns;

/// <summary>
/// Visits the rows of a <see cref="TurnTable{T}"/> account by account: sends lost messages again, and unmarks accounts without rows.
/// </summary>
/// <param name="kind">The rows' name in log messages.</param>
/// <param name="rows">The rows.</param>
/// <param name="turns">Their turns.</param>
/// <param name="queue">Sends their messages.</param>
/// <param name="time">The clock.</param>
/// <param name="log">The log of the slice that owns the rows.</param>
public sealed partial class TurnSweep<T>(
    string kind, TrackedTable<T> rows, TurnTable<T> turns, RowMessages queue, TimeProvider time, ILogger log)
    where T : class, ITurnRow, new()
{
    private const int MostDoublings = 6;

    /// <summary>Grants free turns, and sends the message of each overdue row again. Visits accounts with open rows.</summary>
    /// <param name="finish">Completes a row that no longer needs a message, and returns true; false when the row needs its message.</param>
    /// <param name="cancellation">Cancels the sweep.</param>
    /// <returns>When the next check is due; null: all rows are complete.</returns>
    public async Task<DateTimeOffset?> ResendAsync(Func<T, Task<bool>> finish, CancellationToken cancellation)
    {
        DateTimeOffset? first = null;
        await ForEachAccountAsync(
            rows.OpenAccounts,
            async account =>
            {
                var next = await ResendAsync(account, finish, cancellation);
                first = DueTimes.Earlier(first, next);
                if (next is null && await turns.WaitingAsync(account, cancellation) == 0)
                {
                    await rows.OpenAccounts.ForgetAsync(account, cancellation);
                }
            },
            // Not checked, so it may be overdue.
            failed: () => first = DueTimes.Earlier(first, time.GetUtcNow()),
            cancellation);
        return first;
    }

    /// <summary>Expires rows, and unmarks each account without rows.</summary>
    /// <param name="expire">Expires the rows of one account.</param>
    /// <param name="cancellation">Cancels the sweep.</param>
    public Task ExpireAsync(Func<string, Task> expire, CancellationToken cancellation) => ForEachAccountAsync(
        rows.Accounts,
        async account =>
        {
            await expire(account);
            if (await rows.NextCheckAsync(account, cancellation) is not null || await turns.WaitingAsync(account, cancellation) > 0)
            {
                // Usually marked already. An earlier version of the service did not mark accounts with open rows.
                await rows.OpenAccounts.MarkAsync(account, cancellation);
            }
            else if (!await rows.AnyAsync(account, cancellation))
            {
                await turns.ForgetAsync(account, cancellation);
                await rows.Accounts.ForgetAsync(account, cancellation);
            }
        },
        failed: null,
        cancellation);

    private async Task<DateTimeOffset?> ResendAsync(string account, Func<T, Task<bool>> finish, CancellationToken cancellation)
    {
        // Grants turns that were not passed on, because an instance ended or they have expired.
        var turn = await turns.AdvanceAsync(account, row => queue.SendAsync(row, cancellation), cancellation);
        var now = time.GetUtcNow();
        await foreach (var row in rows.OverdueAsync(account, now, cancellation))
        {
            if (await finish(row))
            {
                continue;
            }

            // The message may still be in the queue, behind many others, so the wait doubles each time.
            row.LookAfter = now + (queue.Grace * (1 << Math.Min(row.Resent, MostDoublings)));
            row.Resent++;
            if (await rows.TryReplaceAsync(row, cancellation))
            {
                await queue.SendAsync(account, row.Id, TimeSpan.Zero, cancellation);
                LogResent(kind, row.Id);
            }
        }

        return DueTimes.Earlier(turn, await rows.NextCheckAsync(account, cancellation));
    }

    private async Task ForEachAccountAsync(
        MarkedAccounts accounts, Func<string, Task> step, Action? failed, CancellationToken cancellation)
    {
        await foreach (var account in accounts.ListAsync(cancellation))
        {
            try
            {
                await step(account);
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested)
            {
                // A failure of one account does not delay the others.
                LogFailed(e, kind, account);
                failed?.Invoke();
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Kind} {Id} was overdue; sent its queue message again")]
    private partial void LogResent(string kind, string id);

    [LoggerMessage(Level = LogLevel.Error, Message = "Failed to check the {Kind} rows of {Account}; retrying")]
    private partial void LogFailed(Exception exception, string kind, string account);
}
