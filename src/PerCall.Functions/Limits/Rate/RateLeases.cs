using System.Diagnostics.CodeAnalysis;
using System.Threading.RateLimiting;

namespace PerCall.Functions.Limits.Rate;

/// <summary>One request is admitted.</summary>
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

/// <summary>One request is not admitted.</summary>
/// <param name="retryAfter">When the window gives permits back.</param>
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
