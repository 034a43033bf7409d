using System.Diagnostics.CodeAnalysis;
using System.Threading.RateLimiting;

namespace PerCall.Functions.Limits.Rate;

/// <summary>The lease of an admitted request.</summary>
public sealed class AdmittedLease : RateLimitLease
{
    public static AdmittedLease Instance { get; } = new();

    public override bool IsAcquired => true;

    public override IEnumerable<string> MetadataNames => [];

    public override bool TryGetMetadata(string metadataName, out object? metadata)
    {
        metadata = null;
        return false;
    }
}

/// <summary>The lease of an admitted request of several permits, which knows the second in which they were spent.</summary>
/// <param name="limiter">The limiter that granted it.</param>
/// <param name="second">The second, in the row's time.</param>
/// <param name="permits">The permits.</param>
public sealed class PermitsLease(LeasedRateLimiter limiter, long second, long permits) : RateLimitLease
{
    private long _left = permits;

    public override bool IsAcquired => true;

    public override IEnumerable<string> MetadataNames => [];

    /// <summary>Gives back all permits except those that were used. Only the first call has an effect.</summary>
    /// <param name="used">Permits that were used. Permits in excess of the lease are not counted.</param>
    public void Settle(long used)
    {
        if (Interlocked.Exchange(ref _left, 0) - Math.Max(0, used) is > 0 and var unused)
        {
            limiter.Refund(second, unused);
        }
    }

    public override bool TryGetMetadata(string metadataName, out object? metadata)
    {
        metadata = null;
        return false;
    }
}

/// <summary>The lease of a refused request.</summary>
/// <param name="retryAfter">Time until the window has permits again.</param>
public sealed class RefusedLease(TimeSpan retryAfter) : RateLimitLease
{
    public override bool IsAcquired => false;

    public override IEnumerable<string> MetadataNames => [MetadataName.RetryAfter.Name];

    public override bool TryGetMetadata(string metadataName, [NotNullWhen(true)] out object? metadata)
    {
        metadata = metadataName == MetadataName.RetryAfter.Name ? retryAfter : null;
        return metadata is not null;
    }
}
