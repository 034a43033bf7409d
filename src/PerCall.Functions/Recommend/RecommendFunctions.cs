using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Routes;
using PerCall.Functions.Tasks;
using PerCall.Inference.Recommend;

namespace PerCall.Functions.Recommend;

/// <summary><c>POST /v1/recommend</c> and the related endpoints.</summary>
public sealed class RecommendFunctions(RecommendRequestReader reader, ModelCalls calls)
{
    private const string IdPrefix = "rec";

    [Function("Recommend")]
    [Idempotent]
    [Operation(
        "Recommendation",
        "Recommend items for a user",
        "For a user that the model knows, or for a history in the call. Without both, the answer has popular items and says so.")]
    [Body(typeof(RecommendRequest), "application/json", Example = "{\"model\": \"shop\", \"user\": \"customer-0001\", \"n\": 3}")]
    [Answer(200, typeof(RecommendResponse))]
    [Answer(400, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(413, typeof(Problem))]
    [Answer(415, typeof(Problem))]
    [Answer(503, typeof(Problem))]
    public async Task<IResult> Recommend(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/recommend")] HttpRequest request, CancellationToken cancellation)
    {
        var (name, query) = await reader.RecommendAsync(request, cancellation);
        return await calls.AnswerAsync(
            request.HttpContext,
            new ModelCall<Recommendation, RecommendResponse>
            {
                Operation = RecommendOperations.Recommend,
                Model = name,
                Run = (model, _) => Recommender.RecommendAsync(model, query, cancellation),
                Stages = run => new(run.Queued, run.Prepared, run.Inferred),
                IdPrefix = IdPrefix,
                Answer = (id, manifest, run) => RecommendAnswers.Of(id, manifest, query, run),
                Type = WireJson.Readable.RecommendResponse,
            },
            cancellation);
    }

    [Function("SimilarItems")]
    [Idempotent]
    [Operation("Recommendation", "Find similar items")]
    [Body(typeof(SimilarItemsRequest), "application/json", Example = "{\"model\": \"shop\", \"item\": \"coffee-01\", \"n\": 3}")]
    [Answer(200, typeof(SimilarItemsResponse))]
    [Answer(400, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(413, typeof(Problem))]
    [Answer(415, typeof(Problem))]
    [Answer(503, typeof(Problem))]
    public async Task<IResult> Similar(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/recommend/similar")] HttpRequest request,
        CancellationToken cancellation)
    {
        var call = await reader.SimilarAsync(request, cancellation);
        return await calls.AnswerAsync(
            request.HttpContext,
            new ModelCall<SimilarItems, SimilarItemsResponse>
            {
                Operation = RecommendOperations.SimilarItems,
                Model = call.Model,
                Run = (model, _) => Recommender.SimilarAsync(model, call.Item, call.Count, call.Filter, cancellation),
                Stages = run => new(run.Queued, TimeSpan.Zero, run.Inferred),
                IdPrefix = IdPrefix,
                Answer = (id, manifest, run) => RecommendAnswers.Of(id, manifest, call, run),
                Type = WireJson.Readable.SimilarItemsResponse,
            },
            cancellation);
    }

    [Function("EstimateRating")]
    [Idempotent]
    [Operation("Recommendation", "Estimate a user's rating of an item", "For models that were trained on ratings.")]
    [Body(
        typeof(EstimateRatingRequest),
        "application/json",
        Example = "{\"model\": \"shop\", \"user\": \"customer-0001\", \"item\": \"coffee-01\"}")]
    [Answer(200, typeof(EstimateRatingResponse))]
    [Answer(400, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(413, typeof(Problem))]
    [Answer(415, typeof(Problem))]
    [Answer(503, typeof(Problem))]
    public async Task<IResult> Rate(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/recommend/rate")] HttpRequest request,
        CancellationToken cancellation)
    {
        var call = await reader.RateAsync(request, cancellation);
        return await calls.AnswerAsync(
            request.HttpContext,
            new ModelCall<EstimatedRating, EstimateRatingResponse>
            {
                Operation = RecommendOperations.EstimateRating,
                Model = call.Model,
                Run = (model, _) => Recommender.RateAsync(model, call.User, call.Item, call.History, cancellation),
                Stages = run => new(run.Queued, run.Prepared, run.Inferred),
                IdPrefix = IdPrefix,
                Answer = (id, manifest, run) => RecommendAnswers.Of(id, manifest, call, run),
                Type = WireJson.Readable.EstimateRatingResponse,
            },
            cancellation);
    }
}
