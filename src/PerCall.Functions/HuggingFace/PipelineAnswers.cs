using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using PerCall.Functions.Predict;
using PerCall.Functions.Scoring;
using PerCall.Functions.Tasks;
using PerCall.Inference.Pipelines;

namespace PerCall.Functions.HuggingFace;

/// <summary>Runs the single call of a model's task, and answers in the dialect's form.</summary>
public sealed class PipelineAnswers(TaskScorers scorers, ModelCalls calls)
{
    /// <param name="call">The call.</param>
    /// <param name="inputs">The inputs.</param>
    /// <param name="answer">Makes the answer from the outputs, one for each input.</param>
    /// <param name="type">How the answer is serialized.</param>
    /// <param name="cancellation">Cancels the call.</param>
    public Task<IResult> AnswerAsync<T>(
        HuggingFaceCall call, PredictCall inputs, Func<IReadOnlyList<ModelOutput>, T> answer, JsonTypeInfo<T> type,
        CancellationToken cancellation) =>
        calls.AnswerAsync(call.Http, CallOf(call, inputs, answer, type, cancellation), cancellation);

    /// <summary>Answers with one answer, or with a list if the inputs are one.</summary>
    /// <param name="call">The call.</param>
    /// <param name="inputs">The inputs.</param>
    /// <param name="isList">Whether the inputs are a list.</param>
    /// <param name="answer">Makes the answer of one input from it and its output.</param>
    /// <param name="type">How one answer is serialized.</param>
    /// <param name="listType">How a list is serialized.</param>
    /// <param name="cancellation">Cancels the call.</param>
    public Task<IResult> AnswerAsync<T>(
        HuggingFaceCall call, PredictCall inputs, bool isList, Func<ModelInput, ModelOutput, T> answer, JsonTypeInfo<T> type,
        JsonTypeInfo<IReadOnlyList<T>> listType, CancellationToken cancellation) => isList
        ? AnswerAsync<IReadOnlyList<T>>(call, inputs, outputs => [.. inputs.Inputs.Zip(outputs, answer)], listType, cancellation)
        : AnswerAsync(call, inputs, outputs => answer(inputs.Inputs[0], outputs[0]), type, cancellation);

    /// <summary>Returns the call, for a caller that changes how it runs.</summary>
    public ModelCall<ModelRun, T> CallOf<T>(
        HuggingFaceCall call, PredictCall inputs, Func<IReadOnlyList<ModelOutput>, T> answer, JsonTypeInfo<T> type,
        CancellationToken cancellation) =>
        ((IPipelineScorer)scorers.Of(call.Model.Task)).CallOf(call.Reference, inputs, answer, type, cancellation);
}
