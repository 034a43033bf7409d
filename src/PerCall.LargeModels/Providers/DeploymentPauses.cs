using System.Collections.Concurrent;
using PerCall.LargeModels.Routes;

namespace PerCall.LargeModels.Providers;

/// <summary>The deployments that asked to be left alone (<c>Retry-After</c>), and until when.</summary>
internal sealed class DeploymentPauses(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Pause> _pauses = new(StringComparer.Ordinal);

    public void Add(Deployment deployment, ProviderFault fault, TimeSpan duration)
    {
        var pause = new Pause(fault, time.GetUtcNow() + duration);
        _pauses.AddOrUpdate(deployment.Name, pause, (_, known) => known.Until > pause.Until ? known : pause);
    }

    /// <summary>Returns why the deployment is paused, and for how long; null: it takes calls.</summary>
    public (ProviderFault Fault, TimeSpan Left)? Find(Deployment deployment)
    {
        if (!_pauses.TryGetValue(deployment.Name, out var pause))
        {
            return null;
        }

        var left = pause.Until - time.GetUtcNow();
        if (left > TimeSpan.Zero)
        {
            return (pause.Fault, left);
        }

        _pauses.TryRemove(new(deployment.Name, pause));
        return null;
    }

    private sealed record Pause(ProviderFault Fault, DateTimeOffset Until);
}
