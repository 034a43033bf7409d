using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;
using PerCall.Functions.Tenancy;

namespace PerCall.Functions.Batches.Quotes;

/// <summary>Serves <c>POST /v1/batches/quote</c>.</summary>
public sealed class QuoteFunction(Quoter quoter)
{
    private const int MaxBytes = 64 << 10;

    [Function("QuoteBatch")]
    [OpenAiDialect]
    [Operation("Batches", "Quote a batch", "Returns rows, price and data problems of a file. Starts nothing and charges nothing.")]
    [Body(
        typeof(QuoteRequest),
        "application/json",
        Example = """
            {"input_file_id": "file-e5debeb7b63e7a51fd56edcff3a", "endpoint": "/v1/text/classify", "model": "spam"}
            """)]
    [Answer(200, typeof(BatchQuote))]
    [Answer(400, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(415, typeof(Problem))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/batches/quote")] HttpRequest request, CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync(
            request, RequestJson.Wire.QuoteRequest, "{\"input_file_id\", \"endpoint\", \"model\"}", MaxBytes, cancellation);
        return TypedResults.Ok(await quoter.QuoteAsync(Caller.Required(request.HttpContext), body, cancellation));
    }
}
