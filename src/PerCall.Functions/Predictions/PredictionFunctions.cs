using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Idempotency;
using PerCall.Functions.Metering;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;
using PerCall.Functions.Tenancy;

namespace PerCall.Functions.Predictions;

/// <summary>Calls that are answered asynchronously.</summary>
public sealed class PredictionFunctions(PredictionBook predictions)
{
    private const string Route = "v1/predictions";
    private const string Tag = "Predictions";
    private const string RetryAfter = "1";

    [Function("CreatePrediction")]
    [Idempotent(ByItself = true)]
    [Operation(
        Tag, "Create a prediction",
        "Runs a call in the background. The input is checked at once, and the prediction is charged when it succeeds. With 'Prefer: "
            + "wait=30' the response waits for the end, for that many seconds, at most 60.")]
    [Body(
        typeof(CreatePredictionRequest),
        "application/json",
        Example = """
            {"task": "text-classification", "model": "spam", "input": "You have WON, click now"}
            """)]
    [Answer(200, typeof(Prediction))]
    [Answer(202, typeof(Prediction))]
    [Answer(400, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(413, typeof(Problem))]
    [Answer(415, typeof(Problem))]
    public async Task<IResult> Create(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route)] HttpRequest request, CancellationToken cancellation)
    {
        var (caller, metered) = (CallerOf(request), MeteredCall.Of(request.HttpContext));
        var (key, wait) = (IdempotencyKey.Of(request), PreferredWait.Of(request));
        PredictionRow row;
        bool replayed;
        using (var body = await JsonBody.ReadAsync(request, predictions.MaxBytes, cancellation))
        {
            (row, replayed) = await predictions.CreateAsync(caller, metered, body, key, Fingerprint.Of(request, body.Span), cancellation);
        }

        var headers = request.HttpContext.Response.Headers;
        if (replayed)
        {
            headers[IdempotencyMiddleware.ReplayedHeader] = "true";
        }

        if (wait is { } seconds)
        {
            row = await predictions.WaitAsync(row, seconds, cancellation);
            headers["Preference-Applied"] = string.Create(CultureInfo.InvariantCulture, $"wait={seconds}");
        }

        var address = $"{PredictionRow.Route}/{row.Id}";
        var answer = await predictions.ToWireAsync(row, cancellation);
        if (wait is null || !row.HasEnded)
        {
            headers.RetryAfter = RetryAfter;
            return TypedResults.Accepted(address, answer);
        }

        headers.Location = address;
        if (!replayed)
        {
            metered.ReportCost(row.Cost, row.Units);
        }

        return TypedResults.Ok(answer);
    }

    [Function("GetPrediction")]
    [Operation(Tag, "Get a prediction with its output")]
    [Answer(200, typeof(Prediction))]
    [Answer(404, typeof(Problem))]
    public async Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Route + "/{prediction}")] HttpRequest request, string prediction,
        CancellationToken cancellation)
    {
        var answer = await predictions.GetAsync(CallerOf(request), prediction, cancellation);
        if (answer.CompletedAt is null)
        {
            request.HttpContext.Response.Headers.RetryAfter = RetryAfter;
        }

        return TypedResults.Ok(answer);
    }

    [Function("ListPredictions")]
    [Operation(Tag, "List predictions", "Newest first, without outputs.")]
    [Query("limit", typeof(int), Page.LimitText)]
    [Query("after", typeof(string), Page.AfterText)]
    [Answer(200, typeof(PredictionList))]
    [Answer(400, typeof(Problem))]
    public async Task<IResult> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Route)] HttpRequest request, CancellationToken cancellation) =>
        TypedResults.Ok(await predictions.ListAsync(CallerOf(request), Page.Of(request), cancellation));

    [Function("CancelPrediction")]
    [Operation(Tag, "Cancel a prediction", "A canceled prediction is never charged.")]
    [Answer(200, typeof(Prediction))]
    [Answer(404, typeof(Problem))]
    [Answer(409, typeof(Problem))]
    public async Task<IResult> Cancel(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route + "/{prediction}/cancel")] HttpRequest request, string prediction,
        CancellationToken cancellation) =>
        TypedResults.Ok(await predictions.CancelAsync(CallerOf(request), prediction, cancellation));

    private static Caller CallerOf(HttpRequest request) => Caller.Required(request.HttpContext);
}
