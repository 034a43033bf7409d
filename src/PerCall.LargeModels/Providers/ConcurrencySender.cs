using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using PerCall.LargeModels.Routes;

namespace PerCall.LargeModels.Providers;

/// <summary>Limits each deployment's concurrent calls. A call counts until its answer is disposed of: a stream until its end.</summary>
internal sealed class ConcurrencySender(IDeploymentSender inner) : IDeploymentSender, IDisposable
{
    private readonly ConcurrentDictionary<string, ConcurrencyLimiter> _limiters = new(StringComparer.Ordinal);

    public async Task<ProviderAnswer> SendAsync(Deployment deployment, ProviderRequest request, CallTime call)
    {
        var limiter = _limiters.GetOrAdd(
            deployment.Name,
            (_, d) => new(new() { PermitLimit = d.ConcurrentCalls, QueueLimit = 0, QueueProcessingOrder = QueueProcessingOrder.OldestFirst }),
            deployment);
        var lease = limiter.AttemptAcquire();
        if (!lease.IsAcquired)
        {
            throw new ProviderFailedException(ProviderFault.Busy, $"{deployment.ConcurrentCalls} calls are running.");
        }

        try
        {
            var answer = await inner.SendAsync(deployment, request, call);
            return new(answer.Deployment, answer.ContentType, answer.Body, new LeasedAnswer(answer, lease));
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var limiter in _limiters.Values)
        {
            limiter.Dispose();
        }
    }

    private sealed class LeasedAnswer(ProviderAnswer answer, RateLimitLease lease) : IDisposable
    {
        public void Dispose()
        {
            answer.Dispose();
            lease.Dispose();
        }
    }
}
