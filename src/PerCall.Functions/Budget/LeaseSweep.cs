namespace PerCall.Functions.Budget;

/// <summary>Takes back all leases that were not renewed, in all open months.</summary>
public sealed class LeaseSweep(OpenMonths open, LeaseReconciler reconciler)
{
    /// <returns>When the next lease can be taken back; null: there are no leases.</returns>
    public Task<DateTimeOffset?> RunAsync(CancellationToken cancellation) => open.SweepAsync(
        async row =>
        {
            var (state, _) = await row.ReadAsync(cancellation);
            var next = LeaseReconciler.NextExpiry(state);
            await reconciler.ReconcileAsync(row, state, own: null, cancellation);
            return next;
        },
        cancellation);
}
