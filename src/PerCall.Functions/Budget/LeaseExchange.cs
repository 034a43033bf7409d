using Azure;
using PerCall.Functions.Journal;

namespace PerCall.Functions.Budget;

/// <summary>Takes, changes and hands back this instance's lease of one month, each in one change of the row. One at a time.</summary>
public sealed class LeaseExchange(
    MonthRow row, UsageJournal journal, LeaseReconciler reconciler, OpenMonths open, LeaseNumbers numbers, TimeProvider time,
    TimeSpan leaseTime)
{
    private const int MaxTries = 100;
    private const int MaxUnknown = 3;

    /// <summary>
    /// Guards the month on this instance: the lease, its tallies and its reservations. A member whose name contains <c>Locked</c>
    /// is called with it held.
    /// </summary>
    public Lock Gate { get; } = new();

    /// <summary>Null: none is held.</summary>
    public SpendingLease? Lease { get; private set; }

    /// <summary>Reports what is in the journal, and takes or gives back so that the slice is of the right size.</summary>
    /// <param name="demanded">What calls wait for and what came last; called with <see cref="Gate"/> held.</param>
    /// <param name="shrink">Whether a slice that has become too large is cut.</param>
    /// <returns>What is left for everybody.</returns>
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
                // An instance that only hears that all is spent does not write that down. What it has begun goes on with the next exchange.
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
                // The row's number tells whether it has happened.
            }
        }

        throw Contended();
    }

    /// <summary>Reports what is in the journal and gives back all the rest. Nothing may be reserved or on the way.</summary>
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
                    // If it has happened the lease is gone from the row.
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
    /// Begins a new number of the lease, or a new lease where there is none, or the journal has another generation. The reconciler takes
    /// back the old one.
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

    /// <summary>Finds out what has become of the lease in the row. Null: the row is as the lease knows it.</summary>
    private async Task<SpendingLease?> SettleAsync(SpendingLease lease, AllowanceState state)
    {
        state.Leases.TryGetValue(lease.Generation, out var record);
        if (record is null && lease.Seq != 0)
        {
            // It has been taken back, and the journal fenced before that: nothing can be charged against it any more.
            lock (Gate)
            {
                Lease = null;
            }

            return await BeginAsync();
        }

        if (record is not null && record.Seq == lease.Current.Seq)
        {
            // The exchange before, whose outcome was not known, had come about.
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
