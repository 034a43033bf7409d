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
