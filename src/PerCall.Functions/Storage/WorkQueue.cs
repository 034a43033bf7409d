using System.Text.Json;
using System.Text.Json.Serialization;
using Azure.Storage.Queues;
using PerCall.Functions.Telemetry;

namespace PerCall.Functions.Storage;

/// <summary>A message that names a row; what is to be done is in the row.</summary>
/// <param name="Account">Whose.</param>
/// <param name="Item">The row's id.</param>
public sealed record WorkMessage(string Account, string Item)
{
    /// <summary>The context of the span that sent it.</summary>
    [JsonPropertyName(Traces.Member)]
    public string? Traceparent { get; init; }
}

/// <summary>Sends messages that name rows.</summary>
/// <param name="queue">The queue.</param>
/// <param name="grace">How long a message may take to be received before a sweep looks for it.</param>
public abstract class WorkQueue(QueueClient queue, TimeSpan grace)
{
    private static readonly TimeSpan Never = TimeSpan.FromSeconds(-1);

    /// <summary>How long a message may take to be received before a sweep looks for it.</summary>
    public TimeSpan Grace => grace;

    /// <summary>Sends the message of a row whose turn it is.</summary>
    public Task SendAsync(ITrackedRow row, CancellationToken cancellation) =>
        SendAsync(row.PartitionKey, row.Id, TimeSpan.Zero, cancellation);

    /// <param name="account">Whose.</param>
    /// <param name="item">The row's id.</param>
    /// <param name="delay">Until it may be received: 7 days at most, begun seconds whole.</param>
    /// <param name="cancellation">Ends the sending.</param>
    public Task SendAsync(string account, string item, TimeSpan delay, CancellationToken cancellation) => queue.SendMessageAsync(
        JsonSerializer.Serialize(new WorkMessage(account, item) { Traceparent = Traces.Current }, WorkJson.Default.WorkMessage),
        visibilityTimeout: delay > TimeSpan.Zero ? TimeSpan.FromSeconds(Math.Ceiling(delay.TotalSeconds)) : TimeSpan.Zero,
        timeToLive: Never,
        cancellationToken: cancellation);
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(WorkMessage))]
public sealed partial class WorkJson : JsonSerializerContext;
