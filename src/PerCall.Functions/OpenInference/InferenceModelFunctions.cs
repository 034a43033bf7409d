using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Routes;
using PerCall.Functions.Tenancy;

namespace PerCall.Functions.OpenInference;

/// <summary>Describes the server and its models to clients of the Open Inference Protocol.</summary>
public sealed class InferenceModelFunctions(InferenceModels models)
{
    private const string Server = "percall";
    private const string BinaryData = "binary_tensor_data";

    [Function("InferenceServer")]
    [OpenInference]
    [Operation(OpenInferenceTag.Name, "Get the server's name, version and extensions")]
    [Answer(200, typeof(InferenceServer))]
    public Task<IResult> GetServer([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v2")] HttpRequest request) =>
        Task.FromResult<IResult>(TypedResults.Ok(
            new InferenceServer(Server, typeof(InferenceModelFunctions).Assembly.GetName().Version!.ToString(3), [BinaryData])));

    [Function("InferenceModel")]
    [OpenInference]
    [NeedsRole(KeyRoles.Call | KeyRoles.Admin)]
    [Operation(OpenInferenceTag.Name, "Get the tensors of a model", "Of the production version. Loads it if it is not in memory.")]
    [Answer(200, typeof(InferenceModel))]
    [Answer(400, typeof(InferenceError))]
    [Answer(404, typeof(InferenceError))]
    [Answer(503, typeof(InferenceError))]
    public Task<IResult> GetModel(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v2/models/{model}")] HttpRequest request, string model,
        CancellationToken cancellation) =>
        DescribeAsync(request, model, version: null, cancellation);

    [Function("InferenceModelVersion")]
    [OpenInference]
    [NeedsRole(KeyRoles.Call | KeyRoles.Admin)]
    [Operation(OpenInferenceTag.Name, "Get the tensors of a version of a model", "The version is a version or an alias.")]
    [Answer(200, typeof(InferenceModel))]
    [Answer(400, typeof(InferenceError))]
    [Answer(404, typeof(InferenceError))]
    [Answer(503, typeof(InferenceError))]
    public Task<IResult> GetVersion(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v2/models/{model}/versions/{version}")] HttpRequest request,
        string model, string version, CancellationToken cancellation) =>
        DescribeAsync(request, model, version, cancellation);

    [Function("InferenceModelReady")]
    [OpenInference]
    [NeedsRole(KeyRoles.Call | KeyRoles.Admin)]
    [Operation(OpenInferenceTag.Name, "Check that a model can answer", "Loads the production version if it is not in memory.")]
    [Answer(200, typeof(InferenceModelReady))]
    [Answer(400, typeof(InferenceError))]
    [Answer(404, typeof(InferenceError))]
    [Answer(503, typeof(InferenceError))]
    public Task<IResult> ModelReady(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v2/models/{model}/ready")] HttpRequest request, string model,
        CancellationToken cancellation) =>
        CheckAsync(request, model, version: null, cancellation);

    [Function("InferenceVersionReady")]
    [OpenInference]
    [NeedsRole(KeyRoles.Call | KeyRoles.Admin)]
    [Operation(OpenInferenceTag.Name, "Check that a version of a model can answer", "The version is a version or an alias.")]
    [Answer(200, typeof(InferenceModelReady))]
    [Answer(400, typeof(InferenceError))]
    [Answer(404, typeof(InferenceError))]
    [Answer(503, typeof(InferenceError))]
    public Task<IResult> VersionReady(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v2/models/{model}/versions/{version}/ready")] HttpRequest request,
        string model, string version, CancellationToken cancellation) =>
        CheckAsync(request, model, version, cancellation);

    private async Task<IResult> DescribeAsync(HttpRequest request, string model, string? version, CancellationToken cancellation) =>
        TypedResults.Ok(await models.DescribeAsync(model, version, Caller.Of(request.HttpContext)?.Terms, cancellation));

    private async Task<IResult> CheckAsync(HttpRequest request, string model, string? version, CancellationToken cancellation) =>
        TypedResults.Ok(await models.ReadyAsync(model, version, Caller.Of(request.HttpContext)?.Terms, cancellation));
}
