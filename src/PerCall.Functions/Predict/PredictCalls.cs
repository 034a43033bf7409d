using Microsoft.AspNetCore.Http;
using PerCall.Functions.Images;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;
using PerCall.Functions.Tasks;

namespace PerCall.Functions.Predict;

/// <summary>Answers single calls of all tasks of this slice.</summary>
public sealed class PredictCalls(PredictReader reader, ImageRequestReader images, TaskScorers scorers, ModelCalls calls)
{
    /// <summary>Answers a call with a JSON body.</summary>
    public async Task<IResult> AnswerAsync(HttpRequest request, PredictTask task, CancellationToken cancellation)
    {
        using var body = await JsonBody.ReadAsync(request, reader.MaxBytes(task), cancellation);
        using var call = reader.Read(task, body.Span, lenient: false);
        return await AnswerAsync(request, task, call, cancellation);
    }

    /// <summary>Answers a call with a picture: the body itself, a multipart form, or JSON.</summary>
    public async Task<IResult> AnswerPictureAsync(HttpRequest request, PredictTask task, CancellationToken cancellation)
    {
        if (request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) == true)
        {
            return await AnswerAsync(request, task, cancellation);
        }

        using var sent = await images.ReadAsync(request, cancellation);
        if (sent.TopK is not null)
        {
            throw RefusedException.BadRequest("unknown_member", "Unknown field 'top_k'; allowed: the picture as a file, model.", "top_k");
        }

        using var call = reader.OfPicture(sent.Model, sent.Image, rented: null, new());
        return await AnswerAsync(request, task, call, cancellation);
    }

    private Task<IResult> AnswerAsync(HttpRequest request, PredictTask task, PredictCall call, CancellationToken cancellation) =>
        calls.AnswerAsync(
            request.HttpContext,
            ((PredictScorer)scorers.Of(task.Task)).CallOf(
                ModelParameters.Model(call.Model, $"{(task.Members is ["image"] ? "?model=<name>, or " : "")}'model' in the body"),
                call,
                cancellation),
            cancellation);
}
