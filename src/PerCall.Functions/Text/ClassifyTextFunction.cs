using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Metering;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;
using PerCall.Inference.Registry;
using PerCall.Inference.Text;

namespace PerCall.Functions.Text;

/// <summary><c>POST /v1/text/classify</c>.</summary>
public sealed class ClassifyTextFunction(TextRequestReader reader, ModelRegistry registry)
{
    [Function("ClassifyText")]
    [Idempotent]
    [Operation("Text", "Classify texts", "One text, or up to 256 in one call. Texts of similar length run together.")]
    [Body(
        typeof(ClassifyTextRequest),
        "application/json",
        Example = "{\"input\": [\"Your parcel is on its way.\", \"You have WON, click now\"], \"model\": \"spam\", \"top_k\": 1}")]
    [Answer(200, typeof(ClassifyTextResponse))]
    [Answer(400, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(413, typeof(Problem))]
    [Answer(415, typeof(Problem))]
    [Answer(503, typeof(Problem))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/text/classify")] HttpRequest request, CancellationToken cancellation)
    {
        var call = await reader.ReadAsync(request, cancellation);
        var metered = MeteredCall.Of(request.HttpContext);
        var units = Characters.Units(call.Characters);
        await metered.ReserveAsync(Operations.ClassifyText, call.Model, units, cancellation);
        using var lease = await registry.AcquireAsync(call.Model, cancellation);
        var answer = await TextClassifier.ClassifyAsync(lease.Model, call.Texts, call.TopK, cancellation);

        var manifest = lease.Model.Manifest;
        ServerTiming.Of(request.HttpContext).AddRun(manifest, answer.Queued, answer.Tokenized, answer.Inferred);
        var response = TextAnswers.Of($"txt_{Guid.CreateVersion7():n}", manifest, answer.Texts, call.Characters);
        return await metered.DeliverAsync(response.Id, manifest, units, response, WireJson.Readable.ClassifyTextResponse, cancellation);
    }
}
