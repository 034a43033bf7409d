namespace PerCall.Functions.Budget;

/// <summary>Returns the numbers of this instance's leases: ascending from 1, each used once.</summary>
public sealed class LeaseNumbers
{
    private long _last;

    public long Next() => Interlocked.Increment(ref _last);
}
