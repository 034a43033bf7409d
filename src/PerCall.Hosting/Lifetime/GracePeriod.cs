using Microsoft.Extensions.Hosting;

namespace PerCall.Hosting.Lifetime;

/// <summary>
/// The course of a shutdown: at once no new work is taken, after <see cref="Patience"/> running work is cancelled, and what has not ended
/// <see cref="LastPatience"/> later is abandoned.
/// </summary>
internal sealed class GracePeriod : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);
    public static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _cancelling = new();
    private readonly CancellationTokenSource _abandoning = new();
    private readonly CancellationTokenRegistration _registration;
    private readonly List<ITimer> _timers = [];

    public GracePeriod(IHostApplicationLifetime lifetime, TimeProvider time)
    {
        Stopping = lifetime.ApplicationStopping;
        _registration = Stopping.Register(() =>
        {
            _timers.Add(time.CreateTimer(Cancel, _cancelling, Patience, Timeout.InfiniteTimeSpan));
            _timers.Add(time.CreateTimer(Cancel, _abandoning, Patience + LastPatience, Timeout.InfiniteTimeSpan));
        });
    }

    /// <summary>No new work is taken.</summary>
    public CancellationToken Stopping { get; }

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
