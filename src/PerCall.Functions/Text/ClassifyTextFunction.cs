using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Routes;
using PerCall.Functions.Tasks;

namespace PerCall.Functions.Text;

/// <summary><c>POST /v1/text/classify</c>.</summary>
public sealed class ClassifyTextFunction(TextRequestReader reader, ModelCalls calls)
{
    [Function("ClassifyText")]
    [Idempotent]
    [Operation(
        "Text",
        "Classify texts",
        "One text, or up to 256 in one call. Texts of similar length run together. With candidate_labels, a model of natural language "
            + "inference chooses among the caller's labels.")]
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
        return await calls.AnswerAsync(request.HttpContext, TextCalls.CallOf(call, cancellation), cancellation);
    }
}
