using Azure;
using PerCall.Functions.Journal;

namespace PerCall.Functions.Budget;

/// <summary>
/// Takes, changes and returns this instance's lease of one month. Each is one change of the row, and only one runs at a time.
/// </summary>
public sealed class LeaseExchange(
    MonthRow row, UsageJournal journal, LeaseReconciler reconciler, OpenMonths open, LeaseNumbers numbers, TimeProvider time,
    TimeSpan leaseTime)
{
    private const int MaxTries = 100;
    private const int MaxUnknown = 3;

    /// <summary>
    /// Guards the month's state on this instance: the lease, its tallies and its reservations. Members with <c>Locked</c> in their names
    /// must be called while holding it.
    /// </summary>
    public Lock Gate { get; } = new();

    /// <summary>The current lease; null: this instance has no lease.</summary>
    public SpendingLease? Lease { get; private set; }

    /// <summary>Reports the charges that are in the journal, and takes or returns amounts so that the slice has the right size.</summary>
    /// <param name="demanded">Returns what calls need; called while holding <see cref="Gate"/>.</param>
    /// <param name="shrink">Whether a slice that has become too large is reduced.</param>
    /// <returns>The amounts that are left for all instances.</returns>
    public async Task<Amounts> ExchangeAsync(Func<Demanded> demanded, bool shrink)
    {
        var lease = await BeginAsync();
        var (reconciled, unknown) = (false, 0);
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var (state, etag) = await row.ReadAsync(CancellationToken.None);
            if (await SettleAsync(lease, state) is { } next)
            {
                lease = next;
                continue;
            }

            var began = time.GetTimestamp();
            SlicePlan plan;
            lock (Gate)
            {
                plan = SlicePlan.MakeLocked(state, lease, demanded(), shrink, time.GetUtcNow() + leaseTime);
            }

            if (plan.IsShort && !reconciled)
            {
                reconciled = true;
                if (await reconciler.ReconcileAsync(row, state, lease.Generation, CancellationToken.None))
                {
                    continue;
                }
            }

            if (plan.ChangesNothing && (lease.Seq == 0 ? plan.IsHopeless : IsYoung(lease)))
            {
                // An instance that only learns that everything is spent does not write the row. The exchange that it began is completed by
                // the next one.
                lock (Gate)
                {
                    lease.Budget = plan.Budget;
                }

                return plan.Left;
            }

            try
            {
                if (await row.TryWriteAsync(state, etag, CancellationToken.None))
                {
                    lock (Gate)
                    {
                        lease.EndExchangeLocked(plan.Record);
                        lease.ValidUntil = began + Ticks(leaseTime);
                        lease.Budget = plan.Budget;
                    }

                    return plan.Left;
                }
            }
            catch (Exception) when (++unknown < MaxUnknown)
            {
                // The number in the row shows whether the write succeeded.
            }
        }

        throw Contended();
    }

    /// <summary>
    /// Reports the charges that are in the journal, and returns the rest of the lease. No reservation may be open and no charge pending.
    /// </summary>
    public async Task HandBackAsync(SpendingLease lease)
    {
        var unknown = 0;
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var (state, etag) = await row.ReadAsync(CancellationToken.None);
            var done = !state.Leases.Remove(lease.Generation, out var record);
            if (!done)
            {
                if (lease.Former is { } former && record!.Seq != lease.Current.Seq)
                {
                    state.Spent.Add(former.Durable);
                }

                state.Spent.Add(lease.Current.Durable);
                try
                {
                    done = await row.TryWriteAsync(state, etag, CancellationToken.None);
                }
                catch (Exception) when (++unknown < MaxUnknown)
                {
                    // If the write succeeded, the lease is no longer in the row.
                }
            }

            if (done)
            {
                lock (Gate)
                {
                    Lease = null;
                }

                return;
            }
        }

        throw Contended();
    }

    /// <summary>
    /// Begins a new number of the lease. Begins a new lease if there is none or if the journal has another generation; the reconciler then
    /// takes back the old lease.
    /// </summary>
    private async Task<SpendingLease> BeginAsync()
    {
        var position = await journal.PositionAsync(CancellationToken.None);
        SpendingLease lease;
        Task drained;
        lock (Gate)
        {
            lease = Lease is { } held && held.Generation == position.Generation ? held : new(position.Generation);
            Lease = lease;
            drained = lease.BeginExchangeLockedAsync(numbers.Next, position);
        }

        await open.MarkAsync(row, CancellationToken.None);
        await drained;
        return lease;
    }

    /// <summary>Compares the lease with the row, and begins again if they differ. Returns null if the row matches the lease.</summary>
    private async Task<SpendingLease?> SettleAsync(SpendingLease lease, AllowanceState state)
    {
        state.Leases.TryGetValue(lease.Generation, out var record);
        if (record is null && lease.Seq != 0)
        {
            // The lease was taken back, after its journal was fenced. Nothing can be charged to it any more.
            lock (Gate)
            {
                Lease = null;
            }

            return await BeginAsync();
        }

        if (record is not null && record.Seq == lease.Current.Seq)
        {
            // The previous exchange, whose outcome was unknown, succeeded.
            lock (Gate)
            {
                lease.EndExchangeLocked(record);
            }

            return await BeginAsync();
        }

        return record is null || record.Seq == lease.Seq
            ? null
            : throw new InvalidOperationException(
                $"The lease of {lease.Generation} has number {record.Seq}; expected {lease.Seq} or {lease.Current.Seq}.");
    }

    private bool IsYoung(SpendingLease lease) => lease.ValidUntil - time.GetTimestamp() > Ticks(leaseTime / 2);

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);

    private RequestFailedException Contended() =>
        new(503, $"{MaxTries} updates of the allowance of {row.Account} conflicted with other updates.");
}
