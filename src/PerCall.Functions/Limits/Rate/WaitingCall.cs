using System.Threading.RateLimiting;

namespace PerCall.Functions.Limits.Rate;

/// <summary>A call of several permits that waits for an exchange with storage.</summary>
/// <param name="permits">The permits.</param>
public sealed class WaitingCall(long permits)
{
    private readonly TaskCompletionSource<RateLimitLease> _decision = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long Permits => permits;

    /// <summary>Whether the caller has left. Permits that are granted then stay with the limiter.</summary>
    public bool IsAbandoned { get; set; }

    public Task<RateLimitLease> Decision => _decision.Task;

    public void Decide(RateLimitLease lease) => _decision.TrySetResult(lease);

    public void Fail(Exception fault)
    {
        if (!IsAbandoned)
        {
            _decision.TrySetException(fault);
        }
    }
}
