using System.Text.Json.Serialization.Metadata;
using Azure.Storage.Queues;
using PerCall.Functions.Telemetry;

namespace PerCall.Functions.Storage.Work;

/// <summary>Sends messages to one of the service's queues.</summary>
/// <param name="queue">The queue.</param>
public sealed class WorkQueue(QueueClient queue)
{
    /// <summary>The queue of all work but shards.</summary>
    public const string Name = "work";

    /// <summary>The queue of shards that compute.</summary>
    public const string Shards = "shards";

    /// <summary>
    /// The queue of messages that failed too often, of both queues. It is also where the host puts messages of <see cref="Name"/>.
    /// </summary>
    public const string Poison = Name + "-poison";

    private static readonly TimeSpan Never = TimeSpan.FromSeconds(-1);

    /// <param name="kind">The kind of the message.</param>
    /// <param name="body">Its body.</param>
    /// <param name="type">The body's type in JSON.</param>
    /// <param name="delay">Time until the message can be received: at most 7 days, rounded up to whole seconds.</param>
    /// <param name="cancellation">Cancels the request.</param>
    public Task SendAsync<T>(string kind, T body, JsonTypeInfo<T> type, TimeSpan delay, CancellationToken cancellation) =>
        SendAsync(WorkMessage.Create(kind, body, type), delay, cancellation);

    /// <summary>Sends a message. A message without a trace context gets that of the current span.</summary>
    /// <inheritdoc cref="SendAsync{T}"/>
    public Task SendAsync(WorkMessage message, TimeSpan delay, CancellationToken cancellation) => queue.SendMessageAsync(
        (message with { Traceparent = message.Traceparent ?? Traces.Current }).Write(),
        visibilityTimeout: delay > TimeSpan.Zero ? TimeSpan.FromSeconds(Math.Ceiling(delay.TotalSeconds)) : TimeSpan.Zero,
        timeToLive: Never,
        cancellationToken: cancellation);
}
