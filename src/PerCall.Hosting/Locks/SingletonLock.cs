using Azure;
using Azure.Storage.Blobs.Specialized;
using Microsoft.Extensions.Logging;
using PerCall.Hosting.Configuration;

namespace PerCall.Hosting.Locks;

/// <summary>A held lock. It is renewed until it is disposed, which releases it at once.</summary>
internal sealed partial class SingletonLock : IAsyncDisposable
{
    private readonly string _name;
    private readonly BlobLeaseClient _lease;
    private readonly TimeSpan _duration;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _disposed = new();
    private readonly Task _renewal;

    public SingletonLock(string name, BlobLeaseClient lease, TimeSpan duration, long acquired, TimeProvider time, ILogger logger)
    {
        (_name, _lease, _duration, _time, _logger) = (name, lease, duration, time, logger);
        _renewal = RenewAsync(acquired);
    }

    /// <summary>Cancelled when another instance may hold the lock.</summary>
    public CancellationToken Lost => _lost.Token;

    public async ValueTask DisposeAsync()
    {
        await _disposed.CancelAsync();
        await _renewal;
        if (!_lost.IsCancellationRequested)
        {
            try
            {
                using var bounded = new CancellationTokenSource(TimeSpan.FromSeconds(2), _time);
                await _lease.ReleaseAsync(cancellationToken: bounded.Token);
            }
            catch (Exception)
            {
                // The lease expires by itself.
            }
        }

        _disposed.Dispose();
        _lost.Dispose();
    }

    private async Task RenewAsync(long renewed)
    {
        try
        {
            while (true)
            {
                await Task.Delay(_duration / 3, _time, _disposed.Token);
                var asked = _time.GetTimestamp();

                // The lease counts from the request at the latest. After its end another instance may hold it, whatever the response says.
                using var bounded = CancellationTokenSource.CreateLinkedTokenSource(_disposed.Token);
                var left = _duration - _time.GetElapsedTime(renewed);
                bounded.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
                try
                {
                    await _lease.RenewAsync(cancellationToken: bounded.Token);
                    renewed = asked;
                }
                catch (RequestFailedException e) when (e.Status is 404 or 409 or 412)
                {
                    LogLost(_name, e.ErrorCode);
                    await _lost.CancelAsync();
                    return;
                }
                catch (Exception e)
                {
                    _disposed.Token.ThrowIfCancellationRequested();
                    if (_time.GetElapsedTime(renewed) >= _duration)
                    {
                        LogLost(_name, StorageFault.Reason(e));
                        await _lost.CancelAsync();
                        return;
                    }
                }
            }
        }
        catch (OperationCanceledException) when (_disposed.IsCancellationRequested)
        {
            // Disposed.
        }
    }

    [LoggerMessage(LogLevel.Warning, "Lost lock {Lock}: {Reason}")]
    private partial void LogLost(string @lock, string? reason);
}
