using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Routes;
using PerCall.Functions.Tasks;
using PerCall.Inference.Text;

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
        return await calls.AnswerAsync(
            request.HttpContext,
            new ModelCall<TextClassification, ClassifyTextResponse>
            {
                Operation = TextOperations.Classify,
                Model = call.Model,
                Units = Characters.Units(call.Characters),
                Run = (model, use) => call.Candidates is { } candidates
                    ? ZeroShot.ClassifyAsync(model, call.Texts, candidates, call.TopK, cancellation)
                    : TextClassifier.ClassifyAsync(model, call.Texts, call.TopK, use, cancellation),
                LargeRun = call.Candidates is not null
                    ? null
                    : run => new(TextAnswers.SharesOf(run.Texts, call.Texts, run.Fallback), run.FellBack),
                Stages = run => new(run.Queued, run.Tokenized, run.Inferred),
                IdPrefix = "txt",
                Answer = (id, manifest, run) => TextAnswers.Of(id, manifest, run.Texts, call.Characters, run.Fallback),
                Type = WireJson.Readable.ClassifyTextResponse,
            },
            cancellation);
    }
}
