using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Metering;
using PerCall.Functions.Routes;
using PerCall.Inference.Redaction;
using PerCall.Inference.Text;

namespace PerCall.Functions.Redaction;

/// <summary><c>POST /v1/text/redact</c>.</summary>
public sealed class RedactTextFunction(RedactRequestReader reader, Redactor redactor)
{
    [Function("RedactText")]
    [Idempotent]
    [Operation("Text", "Redact texts", "Replaces personal data and secrets in one text, or in up to 256, by placeholders.")]
    [Body(
        typeof(RedactTextRequest),
        "application/json",
        Example = "{\"input\": \"Write to anna@example.com or call +49 30 1234567.\", \"kinds\": [\"email\", \"phone\"]}")]
    [Answer(200, typeof(RedactTextResponse))]
    [Answer(400, typeof(Problem))]
    [Answer(413, typeof(Problem))]
    [Answer(415, typeof(Problem))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/text/redact")] HttpRequest request, CancellationToken cancellation)
    {
        var call = await reader.ReadAsync(request, cancellation);
        var units = Characters.Units(call.Characters);
        var metered = MeteredCall.Of(request.HttpContext);
        await metered.ReserveAsync(RedactionOperations.Redact, RedactionOperations.Model, units, cancellation);
        var id = $"red_{Guid.CreateVersion7():n}";
        var answer = RedactedAnswers.Of(id, call, redactor, cancellation);
        return await metered.DeliverAsync(
            id, new ChargedModel(RedactionOperations.Model, "1"), units, answer, WireJson.Readable.RedactTextResponse, cancellation);
    }
}
