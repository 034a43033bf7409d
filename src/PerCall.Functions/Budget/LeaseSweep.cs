namespace PerCall.Functions.Budget;

/// <summary>Takes back all leases that were not renewed.</summary>
public sealed class LeaseSweep
{
    private readonly OpenMonths _open;
    private readonly LeaseReconciler _reconciler;

    internal LeaseSweep(OpenMonths open, LeaseReconciler reconciler) => (_open, _reconciler) = (open, reconciler);

    public Task RunAsync(CancellationToken cancellation) => _open.SweepAsync(
        async row =>
        {
            var (state, _) = await row.ReadAsync(cancellation);
            await _reconciler.ReconcileAsync(row, state, own: null, cancellation);
            return state.Leases.Count > 0;
        },
        cancellation);
}
