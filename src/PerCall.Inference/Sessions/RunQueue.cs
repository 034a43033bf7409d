using System.Threading.RateLimiting;

namespace PerCall.Inference.Sessions;

/// <summary>
/// Limits the calls that run a model concurrently and the calls that wait, in order of arrival. Others are rejected at once.
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

    /// <exception cref="ModelBusyException">The queue is full.</exception>
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
