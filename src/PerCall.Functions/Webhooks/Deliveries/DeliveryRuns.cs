using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Functions.Storage.Turns;

namespace PerCall.Functions.Webhooks.Deliveries;

/// <summary>
/// Runs this instance's attempts in the background, after their messages are completed. A slow receiver therefore does not occupy one of
/// the instance's few message slots. The claims are in storage. Claims of an instance that dies expire. A shutdown waits a while for
/// running attempts and then releases the rest.
/// </summary>
public sealed partial class DeliveryRuns : IHostedService, IDisposable
{
    /// <summary>Shorter than the time that hosts wait at shutdown, so that time is left to release claims.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly InstancePlaces _places;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly TimeProvider _time;
    private readonly ILogger<DeliveryRuns> _log;
    private readonly ConcurrentDictionary<Task, byte> _running = [];
    private readonly CancellationTokenSource _stop = new();
    private ITimer? _grace;

    public DeliveryRuns(IOptions<WebhookOptions> options, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<DeliveryRuns> log)
    {
        (_lifetime, _time, _log) = (lifetime, time, log);
        _places = new(options.Value.AtOnce, options.Value.AtOncePerTenant);
    }

    /// <summary>Reserves a place for an attempt; null: no place is free, or the instance is stopping.</summary>
    public IDisposable? TryTake(string account) => _lifetime.ApplicationStopping.IsCancellationRequested ? null : _places.TryTake(account);

    /// <summary>Runs an attempt in the background.</summary>
    /// <param name="place">The attempt's place; disposed of at the attempt's end.</param>
    /// <param name="attempt">The attempt; its token asks it to stop.</param>
    public void Run(IDisposable place, Func<CancellationToken, Task> attempt)
    {
        var run = Task.Run(async () =>
        {
            try
            {
                await attempt(_stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                // The attempt has released its claim.
            }
            catch (Exception e)
            {
                // The row holds the next step and when it is due.
                LogFailed(e);
            }
            finally
            {
                place.Dispose();
            }
        });
        _running[run] = 0;
        run.ContinueWith(
            r => _running.TryRemove(r, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _lifetime.ApplicationStopping.Register(
            () => _grace = _time.CreateTimer(_ => _stop.Cancel(), null, Grace, Timeout.InfiniteTimeSpan));
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        using var ended = cancellationToken.Register(() => _stop.Cancel());
        await Task.WhenAll(_running.Keys);
    }

    public void Dispose()
    {
        _grace?.Dispose();
        _stop.Dispose();
    }

    [LoggerMessage(
        Level = LogLevel.Warning, Message = "A webhook attempt failed unexpectedly; the sweep retries its delivery")]
    private partial void LogFailed(Exception exception);
}
