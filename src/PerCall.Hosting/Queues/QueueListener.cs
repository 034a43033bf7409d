using Azure;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Logging;
using PerCall.Hosting.Configuration;
using PerCall.Hosting.Lifetime;

namespace PerCall.Hosting.Queues;

/// <summary>Receives the messages of one queue in batches, while no more than a threshold of them is running.</summary>
internal sealed partial class QueueListener(
    QueueWork work,
    MessageProcessor processor,
    HostJson hostJson,
    HostingOptions options,
    GracePeriod grace,
    TimeProvider time,
    ILogger<QueueListener> logger)
{
    private readonly List<Task> _running = [];

    /// <summary>Listens until the shutdown, and returns when no message is running.</summary>
    public async Task RunAsync()
    {
        var delay = new PollingDelay(hostJson.Queues.MaxPollingInterval);
        while (!grace.Stopping.IsCancellationRequested)
        {
            var found = await PollAsync();
            try
            {
                if (found)
                {
                    delay.Reset();
                    await WaitWhileRunningAsync(hostJson.Queues.NewBatchThreshold, grace.Stopping);
                }
                else
                {
                    await Task.Delay(delay.Next(), time, grace.Stopping);
                }
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        await WaitWhileRunningAsync(0, CancellationToken.None);
    }

    private async Task<bool> PollAsync()
    {
        try
        {
            QueueMessage[] messages = await work.Polled.ReceiveMessagesAsync(
                hostJson.Queues.BatchSize, options.MessageLease, grace.Receiving);
            foreach (var message in messages)
            {
                _running.Add(Task.Run(() => processor.ProcessAsync(work, message)));
            }

            return messages.Length > 0;
        }
        catch (RequestFailedException e) when (e.ErrorCode == QueueErrorCode.QueueNotFound)
        {
            await CreateAsync();
            return false;
        }
        catch (OperationCanceledException) when (grace.Receiving.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception e)
        {
            // Any failure of storage, network or identity is retried.
            LogPollFailed(work.Queue.Name, StorageFault.Reason(e));
            return false;
        }
    }

    private async Task WaitWhileRunningAsync(int threshold, CancellationToken cancellationToken)
    {
        _running.RemoveAll(t => t.IsCompleted);
        while (_running.Count > threshold)
        {
            await Task.WhenAny(_running).WaitAsync(cancellationToken);
            _running.RemoveAll(t => t.IsCompleted);
        }
    }

    private async Task CreateAsync()
    {
        try
        {
            await work.Queue.CreateIfNotExistsAsync(cancellationToken: grace.Receiving);
        }
        catch (Exception e)
        {
            LogPollFailed(work.Queue.Name, StorageFault.Reason(e));
        }
    }

    [LoggerMessage(LogLevel.Warning, "Failed to poll queue {Queue}: {Reason}")]
    private partial void LogPollFailed(string queue, string reason);
}
