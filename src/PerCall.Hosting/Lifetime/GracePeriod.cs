using Microsoft.Extensions.Hosting;
using PerCall.Hosting.Configuration;

namespace PerCall.Hosting.Lifetime;

/// <summary>
/// The course of a shutdown: at once no new work is taken, after the grace period running work is cancelled, and what has not ended by the
/// cancellation period's end is abandoned.
/// </summary>
internal sealed class GracePeriod : IDisposable
{
    private readonly CancellationTokenSource _receiving = new();
    private readonly CancellationTokenSource _cancelling = new();
    private readonly CancellationTokenSource _abandoning = new();
    private readonly CancellationTokenRegistration _registration;
    private readonly List<ITimer> _timers = [];

    public GracePeriod(IHostApplicationLifetime lifetime, HostingOptions options, TimeProvider time)
    {
        Stopping = lifetime.ApplicationStopping;
        _registration = Stopping.Register(() =>
        {
            _timers.Add(time.CreateTimer(Cancel, _receiving, options.ReceivePeriod, Timeout.InfiniteTimeSpan));
            _timers.Add(time.CreateTimer(Cancel, _cancelling, options.GracePeriod, Timeout.InfiniteTimeSpan));
            _timers.Add(time.CreateTimer(Cancel, _abandoning, options.GracePeriod + options.CancellationPeriod, Timeout.InfiniteTimeSpan));
        });
    }

    /// <summary>No new work is taken.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>
    /// Polls that were under way are given up; not at once, because messages whose answer is not awaited stay hidden for their whole lease.
    /// </summary>
    public CancellationToken Receiving => _receiving.Token;

    /// <summary>Running work is asked to end.</summary>
    public CancellationToken Cancelling => _cancelling.Token;

    /// <summary>Running work is left behind.</summary>
    public CancellationToken Abandoning => _abandoning.Token;

    public void Dispose()
    {
        _registration.Dispose();
        _timers.ForEach(t => t.Dispose());
    }

    private static void Cancel(object? source) => ((CancellationTokenSource)source!).Cancel();
}
