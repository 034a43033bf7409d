using Azure.Storage.Queues;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Predictions;

/// <summary>The queue <c>predictions</c>: the predictions that are ready to run.</summary>
/// <param name="queue">The queue.</param>
/// <param name="grace">How long a message may take to arrive before a sweep checks its prediction.</param>
public sealed class PredictionQueue(QueueClient queue, TimeSpan grace) : WorkQueue(queue, grace)
{
    public const string Name = "predictions";
    public const string Poison = Name + "-poison";
}
