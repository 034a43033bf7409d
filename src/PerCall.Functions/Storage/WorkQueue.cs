using System.Text.Json;
using System.Text.Json.Serialization;
using Azure.Storage.Queues;
using PerCall.Functions.Telemetry;

namespace PerCall.Functions.Storage;

/// <summary>A message that names a row. The row itself holds the work to do.</summary>
/// <param name="Account">The row's account.</param>
/// <param name="Item">The row's id.</param>
public sealed record WorkMessage(string Account, string Item)
{
    /// <summary>The trace context of the span that sent the message.</summary>
    [JsonPropertyName(Traces.Member)]
    public string? Traceparent { get; init; }
}

/// <summary>Sends messages that name rows.</summary>
/// <param name="queue">The queue.</param>
/// <param name="grace">How long a message may wait to be received before a sweep checks its row.</param>
public abstract class WorkQueue(QueueClient queue, TimeSpan grace)
{
    private static readonly TimeSpan Never = TimeSpan.FromSeconds(-1);

    /// <summary>How long a message may wait to be received before a sweep checks its row.</summary>
    public TimeSpan Grace => grace;

    /// <summary>Sends the message of a row that has its turn.</summary>
    public Task SendAsync(ITrackedRow row, CancellationToken cancellation) =>
        SendAsync(row.PartitionKey, row.Id, TimeSpan.Zero, cancellation);

    /// <param name="account">The row's account.</param>
    /// <param name="item">The row's id.</param>
    /// <param name="delay">Time until the message can be received: at most 7 days, rounded up to whole seconds.</param>
    /// <param name="cancellation">Cancels the request.</param>
    public Task SendAsync(string account, string item, TimeSpan delay, CancellationToken cancellation) => queue.SendMessageAsync(
        JsonSerializer.Serialize(new WorkMessage(account, item) { Traceparent = Traces.Current }, WorkJson.Default.WorkMessage),
        visibilityTimeout: delay > TimeSpan.Zero ? TimeSpan.FromSeconds(Math.Ceiling(delay.TotalSeconds)) : TimeSpan.Zero,
        timeToLive: Never,
        cancellationToken: cancellation);
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(WorkMessage))]
public sealed partial class WorkJson : JsonSerializerContext;
