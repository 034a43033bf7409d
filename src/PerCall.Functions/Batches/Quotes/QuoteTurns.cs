using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Batches.Quotes;

/// <summary>
/// How many files are looked at for quotes at once on this instance: it costs a processor's time and some memory, and nothing is charged
/// for it.
/// </summary>
public sealed class QuoteTurns : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>Orders that wait for their turn; each is looked at while its caller waits.</summary>
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

    /// <summary>Takes the turn of a quote until it is disposed of.</summary>
    /// <exception cref="RefusedException">429: the tenant has another. 503: the instance has as many as it may.</exception>
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

    /// <summary>Waits for the turn of an order that is looked at before it is taken.</summary>
    /// <returns>Null: too many wait.</returns>
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
