using System.Text.Json;
using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace PerCall.Functions.Storage.Work;

/// <summary>
/// Moves messages from the queues of earlier versions to those of their kinds, after each start. Without it, the sweeps would find the work
/// too, but later, and the messages would stay.
/// </summary>
public sealed partial class OldQueues(IEnumerable<WorkKind> kinds, QueueServiceClient queues, TimeProvider time, ILogger<OldQueues> log)
    : BackgroundService
{
    private const int MostReceived = 32;

    /// <summary>
    /// Rounds, a minute apart. Instances of the earlier version may still send, and hide a message for up to ten minutes.
    /// </summary>
    private const int Rounds = 15;

    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    /// <summary>Moves the messages that can be received now.</summary>
    /// <returns>The old queues that may get further messages.</returns>
    public async Task<IReadOnlyList<string>> MoveAsync(CancellationToken cancellation)
    {
        List<string> left = [];
        foreach (var kind in kinds)
        {
            foreach (var name in kind.OldQueues)
            {
                if (await MoveAsync(name, kind, cancellation))
                {
                    left.Add(name);
                }
            }
        }

        return left;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var round = 0; round < Rounds && (await MoveAsync(stoppingToken)).Count > 0; round++)
        {
            await Task.Delay(Pause, time, stoppingToken);
        }
    }

    /// <returns>False: the queue is missing, or access to it is denied.</returns>
    private async Task<bool> MoveAsync(string name, WorkKind kind, CancellationToken cancellation)
    {
        try
        {
            var (old, target) = (queues.GetQueueClient(name), new WorkQueue(queues.GetQueueClient(kind.Queue)));
            while ((await old.ReceiveMessagesAsync(MostReceived, Pause, cancellation)).Value is { Length: > 0 } messages)
            {
                foreach (var message in messages)
                {
                    await MoveAsync(message, old, target, kind, cancellation);
                }
            }
        }
        catch (RequestFailedException e) when (e.IsNotFound() || e.IsForbidden())
        {
            return false;
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            LogFailed(e, name);
        }

        return true;
    }

    // Sent first: after a crash in between, the work is started twice, which every slice tolerates.
    private async Task MoveAsync(QueueMessage message, QueueClient old, WorkQueue target, WorkKind kind, CancellationToken cancellation)
    {
        WorkMessage work;
        try
        {
            work = WorkMessage.Parse(message.Body, kind.Name);
        }
        catch (JsonException e)
        {
            LogUnreadable(e, old.Name);
            return;
        }

        await target.SendAsync(work, TimeSpan.Zero, cancellation);
        await old.DeleteMessageAsync(message.MessageId, message.PopReceipt, cancellation);
        LogMoved(kind.Name, old.Name);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Moved a message of kind '{Kind}' from the old queue {Queue}")]
    private partial void LogMoved(string kind, string queue);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A message in the old queue {Queue} cannot be read; it stays there")]
    private partial void LogUnreadable(Exception exception, string queue);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Failed to move messages from the old queue {Queue}")]
    private partial void LogFailed(Exception exception, string queue);
}
