using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Transfers;

/// <summary>
/// Limits the concurrent transfers, of each account and of all. They have places of their own, so that a slow client takes none of those
/// for calls.
/// </summary>
public sealed class TransferPlaces(IOptions<TransferOptions> options) : IDisposable
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(2);

    private readonly ConcurrencyLimiter _all = new(new() { PermitLimit = options.Value.AtOnce, QueueLimit = 0 });
    private readonly PartitionedRateLimiter<string> _accounts = PartitionedRateLimiter.Create<string, string>(
        account => RateLimitPartition.GetConcurrencyLimiter(
            account, _ => new() { PermitLimit = options.Value.PerTenant, QueueLimit = 0 }));

    /// <summary>Takes a place until the response has ended.</summary>
    /// <exception cref="RefusedException">429 or 503: no place is free.</exception>
    public void Take(HttpContext http, string account)
    {
        var own = _accounts.AttemptAcquire(account);
        http.Response.RegisterForDispose(own);
        if (!own.IsAcquired)
        {
            throw RefusedException.TryAgain(
                StatusCodes.Status429TooManyRequests,
                "too_many_transfers",
                $"A tenant can have at most {options.Value.PerTenant} uploads and downloads at once on an instance; try again.",
                Again);
        }

        var any = _all.AttemptAcquire();
        http.Response.RegisterForDispose(any);
        if (!any.IsAcquired)
        {
            throw RefusedException.TryAgain(
                StatusCodes.Status503ServiceUnavailable,
                "transfers_busy",
                $"This instance has {options.Value.AtOnce} uploads and downloads, and takes no more; try again.",
                Again);
        }
    }

    public void Dispose()
    {
        _accounts.Dispose();
        _all.Dispose();
    }
}
