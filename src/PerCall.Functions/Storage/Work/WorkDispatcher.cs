using System.Diagnostics;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Logging;
using PerCall.Functions.Storage.Formats;

namespace PerCall.Functions.Storage.Work;

/// <summary>Gives each message to the slice of its kind, and decides what becomes of messages that fail or have no place.</summary>
public sealed partial class WorkDispatcher
{
    /// <summary>
    /// How often a message is delivered before it goes to the poison queue. The host's own limit (<c>maxDequeueCount</c> in host.json) is
    /// higher, so that it applies only to what this class could not move.
    /// </summary>
    public const int MaxDeliveries = 5;

    private const string UnknownKind = "unknown_kind";
    private const string UnknownFormat = "unknown_format";
    private const string Interrupted = "The instance stopped during each delivery.";
    private const int MostDoublings = 4;

    private readonly Dictionary<string, WorkKind> _kinds;
    private readonly Dictionary<string, WorkQueue> _queues;
    private readonly WorkQueue _poison;
    private readonly WorkPlaces _places;
    private readonly ILogger<WorkDispatcher> _log;

    public WorkDispatcher(IEnumerable<WorkKind> kinds, QueueServiceClient queues, TimeProvider time, ILogger<WorkDispatcher> log)
    {
        _kinds = kinds.ToDictionary(k => k.Name, StringComparer.Ordinal);
        _queues = _kinds.Values.Select(k => k.Queue).Distinct().ToDictionary(q => q, q => new WorkQueue(queues.GetQueueClient(q)));
        _poison = new(queues.GetQueueClient(WorkQueue.Poison));
        _places = new(_kinds.Values.Where(k => k.TakesPlace).Select(k => k.Name), WorkPlaces.Total, time);
        _log = log;
    }

    /// <summary>Processes a message. The message is complete when this returns.</summary>
    /// <param name="received">The message as received.</param>
    /// <param name="kindless">The kind of messages of earlier versions in this queue; null: there are none.</param>
    /// <param name="cancellation">Cancels the processing. The message is then delivered again.</param>
    /// <exception cref="System.Text.Json.JsonException">The text is not a message. The host moves it to a poison queue.</exception>
    public async Task RunAsync(QueueMessage received, string? kindless, CancellationToken cancellation)
    {
        var message = WorkMessage.Parse(received.Body, kindless);
        message = message with { Delivery = message.Failed + received.DequeueCount };
        if (!StorageFormat.IsRead(message.Format))
        {
            LogNewer(message.Format);
            await PoisonAsync(message, UnknownFormat, cancellation);
            return;
        }

        if (!_kinds.TryGetValue(message.Kind, out var kind))
        {
            LogUnknown(message.Kind);
            await PoisonAsync(message, UnknownKind, cancellation);
            return;
        }

        if (message.Delivery > MaxDeliveries)
        {
            LogPoisoned(null, message.Kind, message.Delivery);
            await PoisonAsync(message, Interrupted, cancellation);
            return;
        }

        using var place = kind.TakesPlace ? await _places.TakeAsync(kind.Name, cancellation) : null;
        try
        {
            if ((kind.TakesPlace && place is null) || !await kind.HandleAsync(message, cancellation))
            {
                await PutBackAsync(kind, message, cancellation);
            }
        }
        catch (Exception e) when (message.Delivery >= MaxDeliveries && !cancellation.IsCancellationRequested)
        {
            LogPoisoned(e, message.Kind, message.Delivery);
            Activity.Current?.SetTag("error.type", e.GetType().FullName).SetStatus(ActivityStatusCode.Error);
            await PoisonAsync(message, $"{e.GetType().Name}: {e.Message}", cancellation);
        }
    }

    /// <summary>
    /// Processes a message of the poison queue. If this throws, the host keeps the message there and delivers it again after ten minutes.
    /// </summary>
    /// <exception cref="InvalidOperationException">This message is kept for operators.</exception>
    /// <exception cref="StorageFormatException">This message is kept for a newer version.</exception>
    public async Task GiveUpAsync(QueueMessage received, CancellationToken cancellation)
    {
        var message = WorkMessage.Parse(received.Body);
        StorageFormat.Require(message.Format, "A message");
        if (!_kinds.TryGetValue(message.Kind, out var kind))
        {
            throw new InvalidOperationException($"No slice processes messages of kind '{message.Kind}'.");
        }

        if (message.Reason is UnknownKind or UnknownFormat)
        {
            // An instance of an earlier version received it.
            await _queues[kind.Queue].SendAsync(message with { Reason = null }, TimeSpan.Zero, cancellation);
            return;
        }

        if (kind.GiveUpAsync is null)
        {
            throw new InvalidOperationException($"A message of kind '{message.Kind}' failed too often: {message.Reason}");
        }

        await kind.GiveUpAsync(message, cancellation);
    }

    // Sent first: if the instance ends before the old message is completed, both are delivered, which every slice tolerates.
    private async Task PutBackAsync(WorkKind kind, WorkMessage message, CancellationToken cancellation)
    {
        var delay = TimeSpan.FromSeconds(1 << Math.Min(message.PutBack, MostDoublings));
        await _queues[kind.Queue].SendAsync(
            message with { Failed = (int)message.Delivery - 1, PutBack = message.PutBack + 1 }, delay, cancellation);
    }

    private Task PoisonAsync(WorkMessage message, string reason, CancellationToken cancellation) =>
        _poison.SendAsync(message with { Failed = 0, PutBack = 0, Reason = reason }, TimeSpan.Zero, cancellation);

    [LoggerMessage(
        Level = LogLevel.Error, Message = "A message has the unknown storage format {Format}; moving it to the poison queue")]
    private partial void LogNewer(int format);

    [LoggerMessage(Level = LogLevel.Error, Message = "A message has the unknown kind '{Kind}'; moving it to the poison queue")]
    private partial void LogUnknown(string kind);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "A message of kind '{Kind}' did not succeed in {Deliveries} deliveries; moving it to the poison queue")]
    private partial void LogPoisoned(Exception? exception, string kind, long deliveries);
}
