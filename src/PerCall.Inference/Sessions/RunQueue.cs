using System.Threading.RateLimiting;

namespace PerCall.Inference.Sessions;

/// <summary>
/// Lets a bounded number of calls run on a model at once and a bounded number wait, in order; the rest are refused at once.
/// </summary>
internal sealed class RunQueue(string model, int concurrency, int queue) : IDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly ConcurrencyLimiter _limiter = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = concurrency,
        QueueLimit = queue,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    /// <exception cref="ModelBusyException">As many calls are waiting as may wait.</exception>
    public async ValueTask<RateLimitLease> EnterAsync(CancellationToken cancellation)
    {
        var lease = await _limiter.AcquireAsync(1, cancellation);
        if (lease.IsAcquired)
        {
            return lease;
        }

        lease.Dispose();
        throw new ModelBusyException(
            $"The model {model} has {concurrency} calls running and {queue} waiting, which is the limit on this instance; try again later.",
            RetryAfter);
    }

    public void Dispose() => _limiter.Dispose();
}
