using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;
using PerCall.Functions.Tenancy;
using PerCall.Functions.Transfers;

namespace PerCall.Functions.Batches.Api;

/// <summary>Serves the OpenAI batch endpoints for the tasks of this service.</summary>
public sealed class BatchFunctions(JobIntake intake, JobBook book, JobEvents events, Addresses addresses)
{
    private const int MaxBytes = 64 << 10;

    [Function("CreateBatch")]
    [OpenAiDialect]
    [Operation(
        "Batches", "Create a batch", "Scores the rows of a file in shards, in parallel on all instances. Only delivered rows are charged.")]
    [Body(
        typeof(CreateBatchRequest),
        "application/json",
        Example = """
            {
              "input_file_id": "file-e5debeb7b63e7a51fd56edcff3a", "endpoint": "/v1/text/classify", "model": "spam",
              "completion_window": "24h", "metadata": {"order": "4711"}
            }
            """)]
    [Answer(200, typeof(Batch))]
    [Answer(400, typeof(Problem))]
    [Answer(402, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(415, typeof(Problem))]
    [Answer(422, typeof(Problem))]
    public async Task<IResult> Create(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/batches")] HttpRequest request, CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync(
            request,
            RequestJson.Wire.CreateBatchRequest,
            "{\"input_file_id\", \"endpoint\", \"completion_window\"}",
            MaxBytes,
            cancellation);
        var job = await intake.AcceptAsync(Caller.Required(request.HttpContext), body, IdempotencyKey.Of(request), cancellation);
        return TypedResults.Ok(book.Show(job));
    }

    [Function("ListBatches")]
    [OpenAiDialect]
    [Operation("Batches", "List batches", "Newest first. Includes batches that an upload started.")]
    [Query("limit", typeof(int), Page.LimitText)]
    [Query("after", typeof(string), Page.AfterText)]
    [Answer(200, typeof(BatchList))]
    [Answer(400, typeof(Problem))]
    public async Task<IResult> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v1/batches")] HttpRequest request, CancellationToken cancellation) =>
        TypedResults.Ok(await book.ListAsync(Caller.Required(request.HttpContext).Account, Page.Of(request), cancellation));

    [Function("GetBatch")]
    [OpenAiDialect]
    [Operation("Batches", "Get a batch", "Its progress and, after its end, its result files.")]
    [Answer(200, typeof(Batch))]
    [Answer(404, typeof(Problem))]
    public async Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v1/batches/{id}")] HttpRequest request, string id,
        CancellationToken cancellation) =>
        TypedResults.Ok(
            await book.DescribeAsync(addresses.ServiceOf(request), Caller.Required(request.HttpContext).Account, id, cancellation));

    [Function("CancelBatch")]
    [OpenAiDialect]
    [Operation("Batches", "Cancel a batch", "The batch ends with the rows that are done. These are delivered and charged.")]
    [Answer(200, typeof(Batch))]
    [Answer(404, typeof(Problem))]
    [Answer(409, typeof(Problem))]
    public async Task<IResult> Cancel(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/batches/{id}/cancel")] HttpRequest request, string id,
        CancellationToken cancellation) =>
        TypedResults.Ok(book.Show(await book.CancelAsync(Caller.Required(request.HttpContext).Account, id, cancellation)));

    [Function("BatchEvents")]
    [OpenAiDialect]
    [Operation(
        "Batches",
        "Stream batch progress",
        "Server-sent events: 'progress' with the batch after each change, and 'end' when the batch has ended. "
            + "The stream closes after a few minutes; clients reconnect automatically.")]
    [Answer(200)]
    [Answer(404, typeof(Problem))]
    public async Task<IResult> Events(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v1/batches/{id}/events")] HttpRequest request, string id,
        CancellationToken cancellation)
    {
        var account = Caller.Required(request.HttpContext).Account;
        await book.GetAsync(account, id, cancellation);
        return TypedResults.ServerSentEvents(events.WatchAsync(account, id, cancellation));
    }
}
