namespace PerCall.Functions.Budget;

/// <summary>Takes back all leases that were not renewed, in all open months.</summary>
public sealed class LeaseSweep(OpenMonths open, LeaseReconciler reconciler)
{
    public Task RunAsync(CancellationToken cancellation) => open.SweepAsync(
        async row =>
        {
            var (state, _) = await row.ReadAsync(cancellation);
            await reconciler.ReconcileAsync(row, state, own: null, cancellation);
            return state.Leases.Count > 0;
        },
        cancellation);
}
