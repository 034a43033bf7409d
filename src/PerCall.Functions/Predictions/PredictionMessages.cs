using PerCall.Functions.Storage.Work;

namespace PerCall.Functions.Predictions;

/// <summary>Messages of predictions that are ready to run.</summary>
/// <param name="queue">The queue.</param>
/// <param name="grace">How long a message may take to arrive before a sweep checks its prediction.</param>
public sealed class PredictionMessages(WorkQueue queue, TimeSpan grace) : RowMessages(queue, Kind, grace)
{
    public const string Kind = "prediction";
}
