using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;
using PerCall.Functions.Tasks;

namespace PerCall.Functions.Ranking;

/// <summary><c>POST /v1/rerank</c>.</summary>
public sealed class RerankFunction(RankingScorer scorer, ModelCalls calls)
{
    [Function("Rerank")]
    [Idempotent]
    [Operation("Text", "Rank documents", "Orders up to 256 documents by how well they answer a query, in the form of Cohere and Jina.")]
    [Body(
        typeof(RerankRequest),
        "application/json",
        Example = """{"query": "how do I return shoes", "documents": ["Opening hours", "Returns"], "model": "matching", "top_n": 1}""")]
    [Answer(200, typeof(RerankResponse))]
    [Answer(400, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(413, typeof(Problem))]
    [Answer(415, typeof(Problem))]
    [Answer(503, typeof(Problem))]
    public async Task<IResult> Rerank(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/rerank")] HttpRequest request, CancellationToken cancellation)
    {
        using var body = await JsonBody.ReadAsync(request, scorer.MaxBytes, cancellation);
        var call = scorer.ReadCall(body.Span);
        return await calls.AnswerAsync(
            request.HttpContext, scorer.CallOf(ModelParameters.Model(call.Model), call, cancellation), cancellation);
    }
}
