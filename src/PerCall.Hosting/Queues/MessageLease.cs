using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Logging;
using PerCall.Hosting.Configuration;

namespace PerCall.Hosting.Queues;

/// <summary>Keeps a message hidden from other receivers while it is processed. Only this lease changes the message meanwhile.</summary>
internal sealed partial class MessageLease : IAsyncDisposable
{
    private readonly QueueClient _queue;
    private readonly string _messageId;
    private readonly TimeSpan _duration;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _renewal;
    private string _popReceipt;

    public MessageLease(QueueClient queue, QueueMessage message, TimeSpan duration, TimeProvider time, ILogger logger)
    {
        (_queue, _messageId, _duration, _time, _logger) = (queue, message.MessageId, duration, time, logger);
        _popReceipt = message.PopReceipt;
        _renewal = RenewAsync();
    }

    /// <summary>Cancelled when another receiver may have the message.</summary>
    public CancellationToken Lost => _lost.Token;

    public async Task DeleteAsync(CancellationToken cancellationToken)
    {
        await EndRenewalAsync();
        await ChangeAsync(() => _queue.DeleteMessageAsync(_messageId, _popReceipt, cancellationToken));
    }

    /// <summary>Makes the message visible again after <paramref name="delay"/>.</summary>
    public async Task ReturnAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        await EndRenewalAsync();
        await ChangeAsync(
            () => _queue.UpdateMessageAsync(_messageId, _popReceipt, visibilityTimeout: delay, cancellationToken: cancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        await EndRenewalAsync();
        _ended.Dispose();
        _lost.Dispose();
    }

    private async Task EndRenewalAsync()
    {
        await _ended.CancelAsync();
        await _renewal;
    }

    private async Task ChangeAsync(Func<Task> change)
    {
        try
        {
            await change();
        }
        catch (RequestFailedException e) when (IsAnothers(e))
        {
            // Another receiver has the message and runs it again; functions have to tolerate that.
            LogLost(_messageId, e.ErrorCode);
        }
    }

    private async Task RenewAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(_duration / 2, _time, _ended.Token);
                try
                {
                    // Not cancellable: the response contains the receipt that every later change needs.
                    var update = await _queue.UpdateMessageAsync(
                        _messageId, _popReceipt, visibilityTimeout: _duration, cancellationToken: CancellationToken.None);
                    _popReceipt = update.Value.PopReceipt;
                }
                catch (RequestFailedException e) when (IsAnothers(e))
                {
                    LogLost(_messageId, e.ErrorCode);
                    await _lost.CancelAsync();
                    return;
                }
                catch (Exception e)
                {
                    LogRenewalFailed(_messageId, StorageFault.Reason(e));
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Ended.
        }
    }

    // The message has another receiver's receipt, or is gone.
    private static bool IsAnothers(RequestFailedException e) => e.Status == 404 || e.ErrorCode == QueueErrorCode.PopReceiptMismatch;

    [LoggerMessage(LogLevel.Warning, "Lost the lease on message {MessageId}: {Reason}")]
    private partial void LogLost(string messageId, string? reason);

    [LoggerMessage(LogLevel.Warning, "Failed to renew the lease on message {MessageId}: {Reason}")]
    private partial void LogRenewalFailed(string messageId, string reason);
}
