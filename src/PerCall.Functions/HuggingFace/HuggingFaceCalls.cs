using Microsoft.AspNetCore.Http;
using PerCall.Functions.LargeModels;
using PerCall.Functions.Models;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;
using PerCall.Functions.Tenancy;
using PerCall.Inference;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Functions.HuggingFace;

/// <summary>
/// Answers calls of Hugging Face's clients: finds the model and its task, and runs the same single call as the task's own route, with an
/// answer in their form.
/// </summary>
public sealed class HuggingFaceCalls(
    HuggingFaceRequestReader reader, ModelRegistry registry, RouteTable large, Operations operations, TaskScorers scorers,
    HuggingFaceTexts texts, HuggingFacePictures pictures, HuggingFaceTables tables)
{
    /// <param name="http">The request.</param>
    /// <param name="reference">The model's reference.</param>
    /// <param name="task">The task that the path names; null: the model's usual one.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="RefusedException">The body is not a call, the task is unknown, or the plan does not allow the call.</exception>
    /// <exception cref="InferenceException">The model does not exist, is busy, has another task, or cannot run on the inputs.</exception>
    public async Task<IResult> AnswerAsync(HttpContext http, string reference, string? task, CancellationToken cancellation)
    {
        using var body = await reader.ReadAsync(http.Request, cancellation);
        HuggingFaceTask? named = task is null ? null : HuggingFaceTasks.Require(task);
        var model = await ResolveAsync(reference, Caller.Of(http)?.Terms, cancellation);
        var call = new HuggingFaceCall(http, model, HuggingFaceTasks.Choose(model, named, body.Inputs), named is not null, body);
        if (scorers.Of(model.Task).MaxBytes is var most && body.Bytes.Length > most)
        {
            throw JsonBody.TooLong(most);
        }

        return call.Task switch
        {
            HuggingFaceTask.ImageClassification or HuggingFaceTask.ObjectDetection or HuggingFaceTask.ImageSegmentation =>
                await pictures.AnswerAsync(call, cancellation),
            HuggingFaceTask.TabularClassification or HuggingFaceTask.TabularRegression => await tables.AnswerAsync(call, cancellation),
            _ => await texts.AnswerAsync(call, cancellation),
        };
    }

    /// <summary>Resolves the version. A model for which the plan has no price does not exist for the caller.</summary>
    private async ValueTask<ModelManifest> ResolveAsync(string reference, PlanTerms? terms, CancellationToken cancellation)
    {
        var name = reference.Split('/', 2)[0];
        if (terms is not null && !operations.All.Any(o => o.Units.Any(u => terms.PriceOf(o.Name, name, u) is not null)))
        {
            throw ModelCatalog.NotFound(name);
        }

        return large.Has(name)
            ? throw RefusedException.BadRequest(
                "large_model", $"'{ModelParameters.Shown(name)}' is a large model; call POST /models/{name}/v1/chat/completions.", "model")
            : await registry.ResolveAsync(reference, cancellation);
    }
}
