using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.LargeModels;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;
using PerCall.Functions.Tasks;
using PerCall.LargeModels;
using PerCall.LargeModels.Dialect;
using PerCall.LargeModels.Routes;

namespace PerCall.Functions.Embeddings;

/// <summary>
/// <c>POST /v1/embeddings</c>: of a large model if the settings have one of that name, otherwise of a model of this service.
/// </summary>
public sealed class EmbeddingFunction(
    EmbeddingScorer scorer, ModelCalls calls, LargeModelCalls large, RouteTable routes, IOptions<LargeModelOptions> options)
{
    [Function("CreateEmbedding")]
    [OpenAiDialect]
    [AiGenerated]
    [Idempotent]
    [Operation(
        "Large models",
        "Embed texts",
        "A vector for each text, in OpenAI's form: of a model of this service for the task embedding, or of a large model.")]
    [Body(
        typeof(CreateEmbeddingRequest), "application/json",
        Example = """{"model": "phrases", "input": ["how do I return shoes", "where is my parcel"]}""")]
    [Answer(200, typeof(CreateEmbeddingResponse))]
    [Answer(400, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(413, typeof(Problem))]
    [Answer(415, typeof(Problem))]
    [Answer(503, typeof(Problem))]
    public async Task<IResult> Embed(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/embeddings")] HttpRequest request, CancellationToken cancellation)
    {
        using var read = await JsonBody.ReadAsync(request, Math.Max(options.Value.MaxBytes, scorer.MaxBytes), cancellation);
        var body = RequestBody.Parse(read.Span);
        if (body["model"]?.GetValueKind() == System.Text.Json.JsonValueKind.String && routes.Has(body["model"]!.GetValue<string>()))
        {
            return await large.AnswerAsync(request.HttpContext, LargeModelEndpoint.Embeddings, body, cancellation);
        }

        var call = scorer.ReadCall(read.Span);
        return await calls.AnswerAsync(
            request.HttpContext, scorer.CallOf(ModelParameters.Model(call.Model), call, cancellation), cancellation);
    }
}
