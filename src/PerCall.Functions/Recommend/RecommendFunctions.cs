using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Metering;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;
using PerCall.Inference.Recommend;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Recommend;

/// <summary><c>POST /v1/recommend</c> and what belongs to it.</summary>
public sealed class RecommendFunctions(RecommendRequestReader reader, ModelRegistry registry)
{
    private const int UnitsPerCall = 1;

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
        var metered = MeteredCall.Of(request.HttpContext);
        await metered.ReserveAsync(Operations.Recommend, name, UnitsPerCall, cancellation);
        using var lease = await registry.AcquireAsync(name, cancellation);
        var answer = await Recommender.RecommendAsync(lease.Model, query, cancellation);
        var manifest = lease.Model.Manifest;
        ServerTiming.Of(request.HttpContext).AddRun(manifest, answer.Queued, answer.Prepared, answer.Inferred);
        var response = RecommendAnswers.Of(NewId(), manifest, query, answer);
        return await metered.DeliverAsync(response.Id, manifest, UnitsPerCall, response, WireJson.Readable.RecommendResponse, cancellation);
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
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/recommend/similar")] HttpRequest request, CancellationToken cancellation)
    {
        var call = await reader.SimilarAsync(request, cancellation);
        var metered = MeteredCall.Of(request.HttpContext);
        await metered.ReserveAsync(Operations.SimilarItems, call.Model, UnitsPerCall, cancellation);
        using var lease = await registry.AcquireAsync(call.Model, cancellation);
        var answer = await Recommender.SimilarAsync(lease.Model, call.Item, call.Count, call.Filter, cancellation);
        var manifest = lease.Model.Manifest;
        ServerTiming.Of(request.HttpContext).AddRun(manifest, answer.Queued, TimeSpan.Zero, answer.Inferred);
        var response = new SimilarItemsResponse
        {
            Id = NewId(),
            Model = manifest.Name,
            Version = manifest.Version,
            Item = call.Item,
            Similar = RecommendAnswers.Scored(answer.Items),
        };
        return await metered.DeliverAsync(response.Id, manifest, UnitsPerCall, response, WireJson.Readable.SimilarItemsResponse, cancellation);
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
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/recommend/rate")] HttpRequest request, CancellationToken cancellation)
    {
        var call = await reader.RateAsync(request, cancellation);
        var metered = MeteredCall.Of(request.HttpContext);
        await metered.ReserveAsync(Operations.EstimateRating, call.Model, UnitsPerCall, cancellation);
        using var lease = await registry.AcquireAsync(call.Model, cancellation);
        var answer = await Recommender.RateAsync(lease.Model, call.User, call.Item, call.History, cancellation);
        var manifest = lease.Model.Manifest;
        ServerTiming.Of(request.HttpContext).AddRun(manifest, answer.Queued, answer.Prepared, answer.Inferred);
        var response = new EstimateRatingResponse
        {
            Id = NewId(),
            Model = manifest.Name,
            Version = manifest.Version,
            User = call.User,
            Item = call.Item,
            Basis = RecommendAnswers.NameOf(answer.Basis),
            Rating = answer.Rating,
            UnknownItems = RecommendAnswers.ToldOf(answer.UnknownItems),
        };
        return await metered.DeliverAsync(response.Id, manifest, UnitsPerCall, response, WireJson.Readable.EstimateRatingResponse, cancellation);
    }

    private static string NewId() => $"rec_{Guid.CreateVersion7():n}";
}
