using Microsoft.Extensions.Hosting;
using PerCall.Hosting.Configuration;

namespace PerCall.Hosting.Lifetime;

/// <summary>
/// The phases of a shutdown. At once, no new work is accepted. After the grace period, running work is cancelled. Work that has not ended
/// by the end of the cancellation period is abandoned.
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

    /// <summary>Cancelled when no new work is accepted.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>
    /// Cancelled when pending polls are abandoned. This is not immediate: messages of a response that is not awaited would stay hidden for
    /// their whole lease.
    /// </summary>
    public CancellationToken Receiving => _receiving.Token;

    /// <summary>Cancelled when running work is asked to end.</summary>
    public CancellationToken Cancelling => _cancelling.Token;

    /// <summary>Cancelled when running work is abandoned.</summary>
    public CancellationToken Abandoning => _abandoning.Token;

    public void Dispose()
    {
        _registration.Dispose();
        _timers.ForEach(t => t.Dispose());
    }

    private static void Cancel(object? source) => ((CancellationTokenSource)source!).Cancel();
}
