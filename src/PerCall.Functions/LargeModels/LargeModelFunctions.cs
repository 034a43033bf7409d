using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Routes;
using PerCall.LargeModels;

namespace PerCall.Functions.LargeModels;

/// <summary>OpenAI's calls on the large models of the settings.</summary>
public sealed class LargeModelFunctions(LargeModelCalls calls, AudioCalls audio)
{
    private const string Tag = "Large models";

    [Function("CreateChatCompletion")]
    [OpenAiDialect]
    [AiGenerated]
    [Idempotent]
    [Operation(
        Tag, "Answer a conversation",
        "OpenAI's chat completions: text, images, tools, JSON output. With 'stream' the answer is a stream of server-sent events. "
            + "Fields that are not listed here are passed on to the provider.")]
    [Body(
        typeof(ChatCompletionBody), "application/json",
        Example = """{"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Name three rivers."}], "max_tokens": 60}""")]
    [Answer(200, typeof(LargeModelAnswer))]
    [Answer(400, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(413, typeof(Problem))]
    [Answer(415, typeof(Problem))]
    [Answer(503, typeof(Problem))]
    public Task<IResult> Chat(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/chat/completions")] HttpRequest request,
        CancellationToken cancellation) =>
        calls.AnswerAsync(request.HttpContext, LargeModelEndpoint.ChatCompletions, cancellation);

    [Function("CreateResponse")]
    [OpenAiDialect]
    [AiGenerated]
    [Idempotent]
    [Operation(
        Tag, "Answer an input",
        "OpenAI's responses, without state: nothing is stored at the provider, and each call sends the whole conversation.")]
    [Body(
        typeof(ResponseBody), "application/json",
        Example = """{"model": "gpt-4o-mini", "input": "Name three rivers.", "max_output_tokens": 60}""")]
    [Answer(200, typeof(LargeModelAnswer))]
    [Answer(400, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(413, typeof(Problem))]
    [Answer(415, typeof(Problem))]
    [Answer(503, typeof(Problem))]
    public Task<IResult> Respond(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/responses")] HttpRequest request,
        CancellationToken cancellation) =>
        calls.AnswerAsync(request.HttpContext, LargeModelEndpoint.Responses, cancellation);

    [Function("CreateModeration")]
    [OpenAiDialect]
    [AiGenerated]
    [Idempotent]
    [Operation(Tag, "Moderate texts", "OpenAI's moderations, where a deployment serves them.")]
    [Body(
        typeof(EmbeddingBody), "application/json",
        Example = """{"model": "omni-moderation-latest", "input": "a river"}""")]
    [Answer(200, typeof(LargeModelAnswer))]
    [Answer(400, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(413, typeof(Problem))]
    [Answer(415, typeof(Problem))]
    [Answer(503, typeof(Problem))]
    public Task<IResult> Moderate(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/moderations")] HttpRequest request,
        CancellationToken cancellation) =>
        calls.AnswerAsync(request.HttpContext, LargeModelEndpoint.Moderations, cancellation);

    [Function("CreateTranscription")]
    [OpenAiDialect]
    [AiGenerated]
    [Operation(Tag, "Transcribe audio", "OpenAI's audio transcriptions: a form with the model and one audio file.")]
    [Body(typeof(TranscriptionForm), "multipart/form-data")]
    [Answer(200, typeof(LargeModelAnswer))]
    [Answer(400, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(413, typeof(Problem))]
    [Answer(415, typeof(Problem))]
    [Answer(503, typeof(Problem))]
    public Task<IResult> Transcribe(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/audio/transcriptions")] HttpRequest request,
        CancellationToken cancellation) =>
        audio.AnswerAsync(request.HttpContext, cancellation);
}
