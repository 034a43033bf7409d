using System.Text.Json.Serialization.Metadata;
using PerCall.Functions.Tasks;
using PerCall.Inference.Pipelines;

namespace PerCall.Functions.Predict;

/// <summary>A task whose models are an input with an output kind, whatever the form of its answers.</summary>
public interface IPipelineScorer
{
    /// <summary>Returns the task's single call with an answer of the caller's form.</summary>
    /// <param name="model">The model as the caller named it.</param>
    /// <param name="call">The inputs.</param>
    /// <param name="answer">Makes the answer from the outputs, one for each input.</param>
    /// <param name="type">How the answer is serialized.</param>
    /// <param name="cancellation">Cancels the run.</param>
    ModelCall<ModelRun, TAnswer> CallOf<TAnswer>(
        string model, PredictCall call, Func<IReadOnlyList<ModelOutput>, TAnswer> answer, JsonTypeInfo<TAnswer> type,
        CancellationToken cancellation);
}
