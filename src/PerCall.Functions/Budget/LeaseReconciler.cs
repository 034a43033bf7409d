using Microsoft.Extensions.Logging;
using PerCall.Functions.Journal;

namespace PerCall.Functions.Budget;

/// <summary>
/// Takes back leases that were not renewed. The instance's journal is closed first, so that nothing more can be charged to the lease. The
/// result is exact whether the instance is dead, suspended or in the middle of a call, and whatever the clocks show.
/// </summary>
public sealed partial class LeaseReconciler(JournalFence fence, TimeProvider time, ILogger<LeaseReconciler> log)
{
    // Tolerates instances whose clocks are slightly behind.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    public bool HasExpired(LeaseRecord lease) => time.GetUtcNow() > lease.Expires + Grace;

    /// <summary>Returns when the first lease can be taken back; null: there are none.</summary>
    public static DateTimeOffset? NextExpiry(AllowanceState state) =>
        state.Leases.Count == 0 ? null : state.Leases.Values.Min(l => l.Expires) + Grace;

    /// <summary>Takes back the expired leases of a month, except the caller's own.</summary>
    /// <returns>True if the row has changed.</returns>
    public async Task<bool> ReconcileAsync(MonthRow row, AllowanceState state, string? own, CancellationToken cancellation)
    {
        var changed = false;
        foreach (var generation in state.Leases.Where(l => l.Key != own && HasExpired(l.Value)).Select(l => l.Key).ToList())
        {
            changed |= await TakeBackAsync(row, generation, cancellation);
        }

        return changed;
    }

    private async Task<bool> TakeBackAsync(MonthRow row, string generation, CancellationToken cancellation)
    {
        while (true)
        {
            var (state, etag) = await row.ReadAsync(cancellation);
            if (!state.Leases.TryGetValue(generation, out var lease) || !HasExpired(lease))
            {
                return false;
            }

            var spent = new Amounts();
            await foreach (var usage in fence.CloseAsync(lease.Journal, cancellation))
            {
                if (usage.Account == row.Account && usage.Lease >= lease.Seq && MonthRow.MonthOf(usage.Time) == row.Month)
                {
                    spent.Add(usage.Price.Unit, usage.FreeUnits, usage.Charge);
                }
            }

            state.Spent.Add(spent);
            state.Leases.Remove(generation);
            if (await row.TryWriteAsync(state, etag, cancellation))
            {
                LogTakenBack(generation, row.Account, lease.Amounts.Money - spent.Money, spent.Money);
                return true;
            }
        }
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Reclaimed the expired lease of {Generation} on {Account}: {Unspent} micro-units unspent, {Spent} spent")]
    private partial void LogTakenBack(string generation, string account, long unspent, long spent);
}
