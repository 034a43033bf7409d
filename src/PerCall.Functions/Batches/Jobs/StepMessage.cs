using System.Text.Json;
using System.Text.Json.Serialization;
using Azure.Storage.Queues;
using PerCall.Functions.Telemetry;

namespace PerCall.Functions.Batches.Jobs;

/// <summary>
/// A message in the queue <c>plan</c>: a job's next step is due. The message is outdated if its tick differs from the job's.
/// </summary>
public sealed record StepMessage(string Account, string Job, long Tick)
{
    /// <summary>The trace context of the span that sent the message.</summary>
    public string? Traceparent { get; init; }
}

/// <summary>Sends and parses messages of the queue <c>plan</c>.</summary>
public sealed class StepQueue(QueueServiceClient queues, TimeProvider time)
{
    public const string Name = "plan";

    /// <summary>The shortest delay that a queue supports. Queues hide messages for whole seconds.</summary>
    private static readonly TimeSpan ShortestHidden = TimeSpan.FromSeconds(1);

    private readonly QueueClient _queue = queues.GetQueueClient(Name);

    /// <param name="message">The step.</param>
    /// <param name="delay">The time until the step is due. A delay of less than a second is waited for here, because the queue would
    /// deliver the message at once and the job would be checked without a pause.</param>
    /// <param name="cancellation">Cancels the wait. The watch then finds the job.</param>
    public async Task SendAsync(StepMessage message, TimeSpan delay, CancellationToken cancellation)
    {
        var isHidden = delay >= ShortestHidden;
        if (!isHidden)
        {
            await Task.Delay(delay, time, cancellation);
        }

        var traced = message with { Traceparent = Traces.Current };
        var body = new BinaryData(JsonSerializer.SerializeToUtf8Bytes(traced, StepJson.Default.StepMessage));
        await _queue.SendMessageAsync(body, visibilityTimeout: isHidden ? delay : null, cancellationToken: cancellation);
    }

    public static StepMessage Parse(BinaryData body) => JsonSerializer.Deserialize(body, StepJson.Default.StepMessage)!;
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StepMessage))]
public sealed partial class StepJson : JsonSerializerContext;
