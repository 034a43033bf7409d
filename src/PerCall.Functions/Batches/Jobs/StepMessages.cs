using System.Text.Json.Serialization;
using PerCall.Functions.Storage.Work;

namespace PerCall.Functions.Batches.Jobs;

/// <summary>A message: a job's next step is due. The message is outdated if its tick differs from the job's.</summary>
public sealed record StepMessage(string Account, string Job, long Tick);

/// <summary>Sends and parses the messages of steps.</summary>
public sealed class StepMessages(WorkQueue queue, TimeProvider time)
{
    public const string Kind = "step";

    /// <summary>The shortest delay that a queue supports. Queues hide messages for whole seconds.</summary>
    private static readonly TimeSpan ShortestHidden = TimeSpan.FromSeconds(1);

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

        await queue.SendAsync(Kind, message, StepJson.Default.StepMessage, isHidden ? delay : TimeSpan.Zero, cancellation);
    }

    public static StepMessage Parse(WorkMessage message) => message.Read(StepJson.Default.StepMessage);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StepMessage))]
public sealed partial class StepJson : JsonSerializerContext;
