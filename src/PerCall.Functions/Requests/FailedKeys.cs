using System.Net;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace PerCall.Functions.Requests;

/// <summary>
/// Counts rejected keys per client address. Only rejections are counted, and only a rejection becomes 429: a valid key works from any
/// address, whatever other clients have sent from it.
/// </summary>
public sealed class FailedKeys(IOptions<FailedKeyOptions> options) : IDisposable
{
    /// <summary>Maximum number of distinct counters. This bounds memory; only clients that fail share a counter.</summary>
    private const int Places = 4096;

    private readonly Lazy<PartitionedRateLimiter<IPAddress>> _limiter = new(() => PartitionedRateLimiter.Create<IPAddress, int>(
        address => RateLimitPartition.GetFixedWindowLimiter(
            (address.GetHashCode() & int.MaxValue) % Places,
            _ => new() { PermitLimit = options.Value.FailedKeysPerMinute, Window = TimeSpan.FromMinutes(1) })));

    /// <summary>Returns the address that a rejection counts for.</summary>
    public IPAddress AddressOf(HttpRequest request) =>
        ClientAddress.NetworkOf(ClientAddress.Of(request, options.Value.Proxies) ?? IPAddress.None);

    /// <summary>Counts a rejection.</summary>
    /// <returns>The error to respond with: the given one, or 429 when the address has had too many.</returns>
    public RefusedException Count(HttpRequest request, RefusedException refusal)
    {
        using var lease = _limiter.Value.AttemptAcquire(AddressOf(request));
        if (lease.IsAcquired)
        {
            return refusal;
        }

        var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var time) ? time : TimeSpan.FromMinutes(1);
        return RefusedException.TryAgain(
            StatusCodes.Status429TooManyRequests,
            "too_many_failed_keys",
            $"Invalid API key, and more than {options.Value.FailedKeysPerMinute} keys from this address were refused within a minute. "
                + "A valid key works at once.",
            wait);
    }

    public void Dispose()
    {
        if (_limiter.IsValueCreated)
        {
            _limiter.Value.Dispose();
        }
    }
}
