using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using PerCall.Functions.Batches.Jobs;
using PerCall.LargeModels.Routes;

namespace PerCall.Functions.Batches.Calls;

/// <summary>
/// Limits how many calls on large models this instance sends for batches at once: for a tenant, for a model, and in total. Waiting for a
/// slot occupies no thread.
/// </summary>
public sealed class CallSlots : IDisposable
{
    private readonly PartitionedRateLimiter<Key> _limiter;

    public CallSlots(IOptions<BatchOptions> options)
    {
        // A call takes the tenant's slot first. So a tenant that waits for a model or for the instance holds up only its own batches.
        var tenants = Limiter(k => k.Account, _ => options.Value.CallsPerTenant);
        var models = Limiter(k => (k.Model, k.Calls), k => k.Calls);
        var all = Limiter(_ => "", _ => options.Value.CallsAtOnce);
        _limiter = PartitionedRateLimiter.CreateChained(tenants, models, all);
    }

    /// <summary>Waits for a slot. Disposing the result returns it.</summary>
    /// <param name="account">The account of the batch.</param>
    /// <param name="route">The model.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    public async ValueTask<IDisposable> EnterAsync(string account, LargeModelRoute route, CancellationToken cancellation) =>
        await _limiter.AcquireAsync(new(account, route.Model, CallsOf(route)), 1, cancellation);

    public void Dispose() => _limiter.Dispose();

    /// <summary>Returns how many calls on a model this instance sends for batches at once: half of what its deployments accept.</summary>
    public static int CallsOf(LargeModelRoute route) => Math.Max(1, route.Deployments.Sum(d => d.ConcurrentCalls) / 2);

    private static PartitionedRateLimiter<Key> Limiter<T>(Func<Key, T> part, Func<Key, int> permits)
        where T : notnull => PartitionedRateLimiter.Create<Key, T>(
            key => RateLimitPartition.GetConcurrencyLimiter(
                part(key),
                _ => new()
                {
                    PermitLimit = permits(key),
                    QueueLimit = int.MaxValue,
                    QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
                }));

    /// <param name="Account">The account of the batch.</param>
    /// <param name="Model">The model's name.</param>
    /// <param name="Calls">How many calls on the model are sent at once.</param>
    private readonly record struct Key(string Account, string Model, int Calls);
}
