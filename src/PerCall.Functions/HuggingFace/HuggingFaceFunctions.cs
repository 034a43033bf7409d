using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.LargeModels;
using PerCall.Functions.Routes;
using PerCall.LargeModels;

namespace PerCall.Functions.HuggingFace;

/// <summary>The calls of Hugging Face's clients, at every address that they make of an endpoint's.</summary>
public sealed class HuggingFaceFunctions(HuggingFaceCalls calls, LargeModelCalls large)
{
    private const string Tag = "Hugging Face";
    private const string Example = """{"inputs": "You have WON, click now", "parameters": {"top_k": 1}}""";

    [Function("HuggingFaceModel")]
    [HuggingFace]
    [Idempotent]
    [Operation(
        Tag, "Run a model in the form of Hugging Face",
        "The inputs are those of the model's task: JSON, or the bytes of a picture. The production version answers.")]
    [Body(typeof(HuggingFaceRequest), "application/json", Example = Example)]
    [Body(typeof(byte[]), "image/*", "application/octet-stream")]
    [Answer(200, typeof(JsonElement))]
    [Answer(400, typeof(HuggingFaceError))]
    [Answer(404, typeof(HuggingFaceError))]
    [Answer(413, typeof(HuggingFaceError))]
    [Answer(415, typeof(HuggingFaceError))]
    [Answer(503, typeof(HuggingFaceError))]
    public Task<IResult> Model(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "models/{model}")] HttpRequest request,
        string model, CancellationToken cancellation) =>
        calls.AnswerAsync(request.HttpContext, model, task: null, cancellation);

    [Function("HuggingFaceModelVersion")]
    [HuggingFace]
    [Idempotent]
    [Operation(
        Tag, "Run a version of a model in the form of Hugging Face",
        "The version is a version or an alias.")]
    [Body(typeof(HuggingFaceRequest), "application/json", Example = Example)]
    [Body(typeof(byte[]), "image/*", "application/octet-stream")]
    [Answer(200, typeof(JsonElement))]
    [Answer(400, typeof(HuggingFaceError))]
    [Answer(404, typeof(HuggingFaceError))]
    [Answer(413, typeof(HuggingFaceError))]
    [Answer(415, typeof(HuggingFaceError))]
    [Answer(503, typeof(HuggingFaceError))]
    public Task<IResult> ModelVersion(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "models/{model}/{version}")] HttpRequest request,
        string model, string version, CancellationToken cancellation) =>
        calls.AnswerAsync(request.HttpContext, $"{model}/{version}", task: null, cancellation);

    [Function("HuggingFaceModelTask")]
    [HuggingFace]
    [Idempotent]
    [Operation(
        Tag, "Run a task of a model in the form of Hugging Face",
        "For models of several tasks. The production version answers.")]
    [Body(typeof(HuggingFaceRequest), "application/json", Example = Example)]
    [Body(typeof(byte[]), "image/*", "application/octet-stream")]
    [Answer(200, typeof(JsonElement))]
    [Answer(400, typeof(HuggingFaceError))]
    [Answer(404, typeof(HuggingFaceError))]
    [Answer(413, typeof(HuggingFaceError))]
    [Answer(415, typeof(HuggingFaceError))]
    [Answer(503, typeof(HuggingFaceError))]
    public Task<IResult> ModelTask(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "models/{model}/pipeline/{task}")] HttpRequest request,
        string model, string task, CancellationToken cancellation) =>
        calls.AnswerAsync(request.HttpContext, model, task, cancellation);

    [Function("HuggingFaceModelVersionTask")]
    [HuggingFace]
    [Idempotent]
    [Operation(
        Tag, "Run a task of a version of a model in the form of Hugging Face",
        "The version is a version or an alias.")]
    [Body(typeof(HuggingFaceRequest), "application/json", Example = Example)]
    [Body(typeof(byte[]), "image/*", "application/octet-stream")]
    [Answer(200, typeof(JsonElement))]
    [Answer(400, typeof(HuggingFaceError))]
    [Answer(404, typeof(HuggingFaceError))]
    [Answer(413, typeof(HuggingFaceError))]
    [Answer(415, typeof(HuggingFaceError))]
    [Answer(503, typeof(HuggingFaceError))]
    public Task<IResult> ModelVersionTask(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "models/{model}/{version}/pipeline/{task}")] HttpRequest request,
        string model, string version, string task, CancellationToken cancellation) =>
        calls.AnswerAsync(request.HttpContext, $"{model}/{version}", task, cancellation);

    [Function("HuggingFacePipeline")]
    [HuggingFace]
    [Idempotent]
    [Operation(
        Tag, "Run a task of a model, the task first",
        "Same as with the model first. The production version answers.")]
    [Body(typeof(HuggingFaceRequest), "application/json", Example = Example)]
    [Body(typeof(byte[]), "image/*", "application/octet-stream")]
    [Answer(200, typeof(JsonElement))]
    [Answer(400, typeof(HuggingFaceError))]
    [Answer(404, typeof(HuggingFaceError))]
    [Answer(413, typeof(HuggingFaceError))]
    [Answer(415, typeof(HuggingFaceError))]
    [Answer(503, typeof(HuggingFaceError))]
    public Task<IResult> Pipeline(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "pipeline/{task}/{model}")] HttpRequest request,
        string task, string model, CancellationToken cancellation) =>
        calls.AnswerAsync(request.HttpContext, model, task, cancellation);

    [Function("HuggingFacePipelineVersion")]
    [HuggingFace]
    [Idempotent]
    [Operation(
        Tag, "Run a task of a version of a model, the task first",
        "The version is a version or an alias.")]
    [Body(typeof(HuggingFaceRequest), "application/json", Example = Example)]
    [Body(typeof(byte[]), "image/*", "application/octet-stream")]
    [Answer(200, typeof(JsonElement))]
    [Answer(400, typeof(HuggingFaceError))]
    [Answer(404, typeof(HuggingFaceError))]
    [Answer(413, typeof(HuggingFaceError))]
    [Answer(415, typeof(HuggingFaceError))]
    [Answer(503, typeof(HuggingFaceError))]
    public Task<IResult> PipelineVersion(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "pipeline/{task}/{model}/{version}")] HttpRequest request,
        string task, string model, string version, CancellationToken cancellation) =>
        calls.AnswerAsync(request.HttpContext, $"{model}/{version}", task, cancellation);

    [Function("HuggingFaceChat")]
    [HuggingFace]
    [AiGenerated]
    [Idempotent]
    [Operation(
        Tag, "Answer a conversation, the model in the path",
        "Same as OpenAI's chat completions. The path names the large model, and the body's model is not used.")]
    [Body(
        typeof(ChatCompletionBody), "application/json",
        Example = """{"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Name three rivers."}], "max_tokens": 60}""")]
    [Answer(200, typeof(LargeModelAnswer))]
    [Answer(400, typeof(HuggingFaceError))]
    [Answer(404, typeof(HuggingFaceError))]
    [Answer(413, typeof(HuggingFaceError))]
    [Answer(415, typeof(HuggingFaceError))]
    [Answer(503, typeof(HuggingFaceError))]
    public Task<IResult> Chat(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "models/{model}/v1/chat/completions")] HttpRequest request,
        string model, CancellationToken cancellation) =>
        large.AnswerAsync(request.HttpContext, LargeModelEndpoint.ChatCompletions, model, cancellation);
}
