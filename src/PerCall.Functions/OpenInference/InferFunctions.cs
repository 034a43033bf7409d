using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Routes;

namespace PerCall.Functions.OpenInference;

/// <summary><c>POST /v2/models/{model}/infer</c>, also with a version.</summary>
public sealed class InferFunctions(InferCalls calls)
{
    private const string Json = "application/json";
    private const string Binary = "application/octet-stream";

    private const string Example = """
        {
          "inputs": [
            {"name": "ids", "shape": [1, 4], "datatype": "INT64", "data": [1, 40, 60, 2]},
            {"name": "attention_mask", "shape": [1, 4], "datatype": "INT64", "data": [1, 1, 1, 1]}
          ]
        }
        """;

    [Function("Infer")]
    [OpenInference]
    [Idempotent]
    [Operation(
        OpenInferenceTag.Name, "Run a model on tensors",
        "All inputs of the model's graph, as JSON or as binary data after the JSON. The production version answers.")]
    [Body(typeof(InferRequest), Json, Binary, Example = Example)]
    [Answer(200, typeof(InferResponse))]
    [Answer(400, typeof(InferenceError))]
    [Answer(404, typeof(InferenceError))]
    [Answer(413, typeof(InferenceError))]
    [Answer(415, typeof(InferenceError))]
    [Answer(503, typeof(InferenceError))]
    public Task<IResult> Infer(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v2/models/{model}/infer")] HttpRequest request, string model,
        CancellationToken cancellation) =>
        calls.AnswerAsync(request.HttpContext, model, cancellation);

    [Function("InferVersion")]
    [OpenInference]
    [Idempotent]
    [Operation(OpenInferenceTag.Name, "Run a version of a model on tensors", "The version is a version or an alias.")]
    [Body(typeof(InferRequest), Json, Binary, Example = Example)]
    [Answer(200, typeof(InferResponse))]
    [Answer(400, typeof(InferenceError))]
    [Answer(404, typeof(InferenceError))]
    [Answer(413, typeof(InferenceError))]
    [Answer(415, typeof(InferenceError))]
    [Answer(503, typeof(InferenceError))]
    public Task<IResult> InferVersion(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v2/models/{model}/versions/{version}/infer")] HttpRequest request,
        string model, string version, CancellationToken cancellation) =>
        calls.AnswerAsync(request.HttpContext, $"{model}/{version}", cancellation);
}
