using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Functions.Storage.Turns;

namespace PerCall.Functions.Webhooks.Deliveries;

/// <summary>
/// Attempts that this instance makes: they go on when their message has been dealt with, so that a slow receiver holds none of the few
/// places in which an instance works on messages. Their claims are
/// in storage: those of an instance that dies lapse, and a shutdown waits for them a while and then gives them back.
/// </summary>
public sealed partial class DeliveryRuns : IHostedService, IDisposable
{
    /// <summary>Below what hosts wait for, with time left to give back.</summary>
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

    /// <summary>Takes a place for an attempt; null: none is free, or the instance ends.</summary>
    public IDisposable? TryTake(string account) => _lifetime.ApplicationStopping.IsCancellationRequested ? null : _places.TryTake(account);

    /// <summary>Has an attempt go on by itself.</summary>
    /// <param name="place">Disposed of at its end.</param>
    /// <param name="attempt">What is done; its token asks it to end.</param>
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
                // Given back.
            }
            catch (Exception e)
            {
                // Its row says what is to be done, and by when.
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
