using PerCall.Functions.Tenancy;

namespace PerCall.Functions.Limits;

/// <summary>Budgets and included units of tenants, out of which this instance leases slices.</summary>
internal sealed class Allowances
{
    /// <summary>Sets aside what the call can cost at most, free units first.</summary>
    /// <param name="caller">Whose budget.</param>
    /// <param name="price">Of the call's units.</param>
    /// <param name="units">At most; 1 or more.</param>
    /// <param name="cancellation">Ends the waiting for storage, which only a call without a lease to draw on does.</param>
    /// <exception cref="Requests.RefusedException">402: the month's budget is spent.</exception>
    public ValueTask<Reservation> ReserveAsync(Caller caller, Price price, long units, CancellationToken cancellation) => throw new NotImplementedException();
}
