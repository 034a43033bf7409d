namespace PerCall.Functions.Budget;

/// <summary>Numbers of this instance's leases, rising from 1, never used twice.</summary>
public sealed class LeaseNumbers
{
    private long _last;

    public long Next() => Interlocked.Increment(ref _last);
}
