using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Batches.Quotes;

/// <summary>
/// Limits how many files this instance reads for quotes at once. Quotes use processor time and memory but are not charged.
/// </summary>
public sealed class QuoteTurns : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>The maximum number of orders that wait for their turn. The caller of each waits for its check.</summary>
    private const int MostOrders = 64;

    private readonly ConcurrencyLimiter _all;
    private readonly PartitionedRateLimiter<string> _ofAccount = PartitionedRateLimiter.Create<string, string>(
        account => RateLimitPartition.GetConcurrencyLimiter(account, _ => new() { PermitLimit = 1, QueueLimit = 0 }),
        StringComparer.Ordinal);

    public QuoteTurns(IOptions<BatchOptions> options) =>
        _all = new(new()
        {
            PermitLimit = options.Value.QuotesAtOnce,
            QueueLimit = MostOrders,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        });

    /// <summary>Takes a turn for a quote. Disposing the result ends the turn.</summary>
    /// <exception cref="RefusedException">429: the tenant already has a quote running. 503: the instance runs the maximum number of
    /// quotes.</exception>
    public IDisposable Enter(string account)
    {
        var own = _ofAccount.AttemptAcquire(account);
        if (!own.IsAcquired)
        {
            throw RefusedException.TryAgain(
                StatusCodes.Status429TooManyRequests,
                "too_many_quotes",
                "Another quote for this tenant is running; try again when it has finished.",
                Pause);
        }

        var turn = _all.AttemptAcquire();
        if (!turn.IsAcquired)
        {
            own.Dispose();
            throw RefusedException.TryAgain(
                StatusCodes.Status503ServiceUnavailable,
                "quotes_busy",
                "This instance is running its maximum number of quotes; try again in a moment.",
                Pause);
        }

        return new Both(turn, own);
    }

    /// <summary>Waits for a turn for an order, which is checked before it is accepted.</summary>
    /// <returns>The turn; null: too many orders are waiting.</returns>
    public async Task<IDisposable?> EnterOrderAsync(CancellationToken cancellation)
    {
        var turn = await _all.AcquireAsync(1, cancellation);
        return turn.IsAcquired ? turn : null;
    }

    public void Dispose()
    {
        _all.Dispose();
        _ofAccount.Dispose();
    }

    private sealed class Both(IDisposable one, IDisposable other) : IDisposable
    {
        public void Dispose()
        {
            one.Dispose();
            other.Dispose();
        }
    }
}
