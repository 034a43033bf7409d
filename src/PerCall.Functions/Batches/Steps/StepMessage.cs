using System.Text.Json;
using System.Text.Json.Serialization;
using Azure.Storage.Queues;
using PerCall.Functions.Telemetry;

namespace PerCall.Functions.Batches.Steps;

/// <summary>A message of the queue <c>plan</c>: a job's next step is due. One of another tick than the job's is old.</summary>
internal sealed record StepMessage(string Account, string Job, long Tick)
{
    /// <summary>The context of the span that sent it.</summary>
    public string? Traceparent { get; init; }
}

/// <summary>The queue <c>plan</c>.</summary>
internal sealed class StepQueue(QueueServiceClient queues)
{
    public const string Name = "plan";

    private readonly QueueClient _queue = queues.GetQueueClient(Name);

    public async Task SendAsync(StepMessage message, TimeSpan delay, CancellationToken cancellation) => await _queue.SendMessageAsync(
        new BinaryData(JsonSerializer.SerializeToUtf8Bytes(message with { Traceparent = Traces.Current }, StepJson.Default.StepMessage)), visibilityTimeout: delay > TimeSpan.Zero ? delay : null, cancellationToken: cancellation);

    public static StepMessage Parse(BinaryData body) => JsonSerializer.Deserialize(body, StepJson.Default.StepMessage)!;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StepMessage))]
internal sealed partial class StepJson : JsonSerializerContext;
