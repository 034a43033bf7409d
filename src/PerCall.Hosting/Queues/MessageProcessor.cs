using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Logging;
using PerCall.Hosting.Configuration;
using PerCall.Hosting.Lifetime;

namespace PerCall.Hosting.Queues;

/// <summary>
/// Processes one message from its receive to its outcome: completed, retried, moved to the poison queue, or returned by a shutdown.
/// </summary>
internal sealed partial class MessageProcessor(
    HostJson hostJson, HostingOptions options, Refunds refunds, GracePeriod grace, TimeProvider time, ILogger<MessageProcessor> logger)
{
    public async Task ProcessAsync(QueueWork work, QueueMessage message)
    {
        LogReceived(work.Queue.Name, message.MessageId, message.DequeueCount);
        await using var lease = new MessageLease(work.Queue, message, options.MessageLease, time, logger);
        try
        {
            var refunded = message.DequeueCount > 1 ? await RefundedAsync(work, message) : 0;
            if (grace.Stopping.IsCancellationRequested)
            {
                await GiveBackAsync(work, message, refunded, lease);
                return;
            }

            await RunAsync(work, message, refunded, lease);
        }
        catch (Exception e)
        {
            // The message becomes visible again when its lease expires.
            LogStorageFailed(work.Queue.Name, message.MessageId, StorageFault.Reason(e));
        }
    }

    private async Task RunAsync(QueueWork work, QueueMessage message, long refunded, MessageLease lease)
    {
        var body = MessageEncoding.Decode(message.MessageText, work.Base64);
        var received = new ReceivedMessage(message, body ?? BinaryData.Empty, message.DequeueCount - refunded);
        if (body is null)
        {
            LogUndecodable(work.Queue.Name, message.MessageId);
            await PoisonAsync(work, received, refunded, lease);
            return;
        }

        // Received more often than runs are allowed: every run ended with a crash of the process. Without a poison queue it is run again.
        if (received.DequeueCount > hostJson.Queues.MaxDequeueCount && work.Poison is not null)
        {
            await PoisonAsync(work, received, refunded, lease);
            return;
        }

        LogRunning(work.Queue.Name, message.MessageId);
        try
        {
            await work.ExecuteAsync(received, lease.Lost);
        }
        catch (Exception) when (lease.Lost.IsCancellationRequested)
        {
            return;
        }
        catch (Exception e) when (grace.Cancelling.IsCancellationRequested)
        {
            LogCutShort(work.Queue.Name, message.MessageId, e.GetType().Name);
            await GiveBackAsync(work, message, refunded, lease);
            return;
        }
        catch (Exception e)
        {
            LogFailed(e, work.Queue.Name, message.MessageId, received.DequeueCount, hostJson.Queues.MaxDequeueCount);
            if (received.DequeueCount >= hostJson.Queues.MaxDequeueCount)
            {
                await PoisonAsync(work, received, refunded, lease);
            }
            else
            {
                await lease.ReturnAsync(hostJson.Queues.VisibilityTimeout, CancellationToken.None);
            }

            return;
        }

        await DeleteAsync(work, message, refunded, lease);
    }

    private async Task<long> RefundedAsync(QueueWork work, QueueMessage message)
    {
        try
        {
            return await refunds.CountAsync(work.Queue.Name, message.MessageId, grace.Abandoning);
        }
        catch (OperationCanceledException) when (grace.Abandoning.IsCancellationRequested)
        {
            // It is given back, as one that a late answer to a poll has brought. That has a time of its own.
            using var bounded = new CancellationTokenSource(options.GiveBackPeriod, time);
            return await refunds.CountAsync(work.Queue.Name, message.MessageId, bounded.Token);
        }
    }

    // The refund is written first: after a crash in between, the message gets one run more, never one less.
    private async Task GiveBackAsync(QueueWork work, QueueMessage message, long refunded, MessageLease lease)
    {
        using var bounded = new CancellationTokenSource(options.GiveBackPeriod, time);
        await refunds.WriteAsync(work.Queue.Name, message.MessageId, refunded + 1, bounded.Token);
        await lease.ReturnAsync(TimeSpan.Zero, bounded.Token);
        LogGivenBack(work.Queue.Name, message.MessageId);
    }

    // Sent to the poison queue first: after a crash in between it may be there twice, but is never lost.
    private async Task PoisonAsync(QueueWork work, ReceivedMessage received, long refunded, MessageLease lease)
    {
        if (work.Poison is not { } poison)
        {
            // As with the Functions host, a poison message is never deleted unseen.
            LogKept(work.Queue.Name, received.Message.MessageId, options.PoisonPause);
            await lease.ReturnAsync(options.PoisonPause, CancellationToken.None);
            return;
        }

        var text = received.Message.MessageText;
        try
        {
            await SendAsync(poison, text);
        }
        catch (RequestFailedException e) when (e.ErrorCode == QueueErrorCode.QueueNotFound)
        {
            await poison.CreateIfNotExistsAsync();
            await SendAsync(poison, text);
        }

        LogPoisoned(work.Queue.Name, received.Message.MessageId, poison.Name);
        await DeleteAsync(work, received.Message, refunded, lease);
    }

    private async Task DeleteAsync(QueueWork work, QueueMessage message, long refunded, MessageLease lease)
    {
        await lease.DeleteAsync(CancellationToken.None);
        if (refunded > 0)
        {
            await refunds.DeleteAsync(work.Queue.Name, message.MessageId, CancellationToken.None);
        }
    }

    // Poison messages do not expire, because someone has to examine them.
    private static async Task SendAsync(QueueClient poison, string text) =>
        await poison.SendMessageAsync(text, timeToLive: TimeSpan.FromSeconds(-1));

    [LoggerMessage(LogLevel.Debug, "Queue {Queue}: received message {MessageId}, delivery {Count}.")]
    private partial void LogReceived(string queue, string messageId, long count);

    [LoggerMessage(LogLevel.Debug, "Queue {Queue}: running message {MessageId}.")]
    private partial void LogRunning(string queue, string messageId);

    [LoggerMessage(LogLevel.Error, "Queue {Queue}: message {MessageId} failed, run {Run} of {MaxRuns}.")]
    private partial void LogFailed(Exception exception, string queue, string messageId, long run, int maxRuns);

    [LoggerMessage(LogLevel.Warning, "Queue {Queue}: moved message {MessageId} to {Poison}.")]
    private partial void LogPoisoned(string queue, string messageId, string poison);

    [LoggerMessage(
        LogLevel.Error, "Queue {Queue}: message {MessageId} keeps failing and has no poison queue; retrying in {Pause}.")]
    private partial void LogKept(string queue, string messageId, TimeSpan pause);

    [LoggerMessage(LogLevel.Error, "Queue {Queue}: message {MessageId} is not base64, which messageEncoding of host.json requires.")]
    private partial void LogUndecodable(string queue, string messageId);

    [LoggerMessage(LogLevel.Information, "Queue {Queue}: message {MessageId} was interrupted by the shutdown ({Reason}).")]
    private partial void LogCutShort(string queue, string messageId, string reason);

    [LoggerMessage(LogLevel.Information, "Queue {Queue}: returned message {MessageId} to the queue.")]
    private partial void LogGivenBack(string queue, string messageId);

    [LoggerMessage(LogLevel.Warning, "Queue {Queue}: failed to update message {MessageId}; it returns when its lease expires: {Reason}")]
    private partial void LogStorageFailed(string queue, string messageId, string reason);
}
