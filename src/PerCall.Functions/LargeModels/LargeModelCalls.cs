using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PerCall.Functions.Limits;
using PerCall.Functions.Metering;
using PerCall.Functions.Requests;
using PerCall.Functions.Tenancy;
using PerCall.Inference.Redaction;
using PerCall.LargeModels;
using PerCall.LargeModels.Dialect;
using PerCall.LargeModels.Providers;
using PerCall.LargeModels.Routes;

namespace PerCall.Functions.LargeModels;

/// <summary>
/// Answers OpenAI's calls: checks the request, redacts it, takes tokens from the plan's limit, reserves the highest price, sends the call
/// to a deployment, and charges for what is delivered.
/// </summary>
public sealed class LargeModelCalls(
    RouteTable routes, ILargeModelProvider provider, TokenLimits tokens, BodyRedaction redaction, StreamedAnswers streams,
    IOptions<LargeModelOptions> options)
{
    private const string IdempotentStream =
        "A call with 'stream' cannot have an Idempotency-Key, because a stream is not stored; leave one of them out.";

    /// <exception cref="RefusedException">The request is refused.</exception>
    /// <exception cref="LargeModelRefusedException">The request is refused, by PerCall or by the provider.</exception>
    public async Task<IResult> AnswerAsync(HttpContext http, LargeModelEndpoint endpoint, CancellationToken cancellation)
    {
        routes.RequireAny();
        using var read = await JsonBody.ReadAsync(http.Request, options.Value.MaxBytes, cancellation);
        return await AnswerAsync(http, endpoint, RequestBody.Parse(read.Span), cancellation);
    }

    /// <summary>Answers a call whose path names the model. The body's model is not used.</summary>
    /// <inheritdoc cref="AnswerAsync(HttpContext, LargeModelEndpoint, CancellationToken)" path="/exception"/>
    public async Task<IResult> AnswerAsync(HttpContext http, LargeModelEndpoint endpoint, string model, CancellationToken cancellation)
    {
        routes.RequireAny();
        using var read = await JsonBody.ReadAsync(http.Request, options.Value.MaxBytes, cancellation);
        var body = RequestBody.Parse(read.Span);
        body["model"] = model;
        return await AnswerAsync(http, endpoint, body, cancellation);
    }

    /// <summary>Answers a call whose body was read.</summary>
    /// <inheritdoc cref="AnswerAsync(HttpContext, LargeModelEndpoint, CancellationToken)" path="/exception"/>
    public async Task<IResult> AnswerAsync(
        HttpContext http, LargeModelEndpoint endpoint, JsonObject body, CancellationToken cancellation)
    {
        var route = routes.Find(ModelOf(body));
        var redacted = redaction.Apply(http, endpoint, body);
        var facts = RequestChecks.Check(endpoint, body, route, LimitsOf(http));
        if (facts.Stream && http.Request.Headers.ContainsKey(IdempotencyKey.Header))
        {
            throw RefusedException.BadRequest("idempotency_key_with_stream", IdempotentStream, "stream");
        }

        var request = new ProviderRequest { Route = route, Endpoint = endpoint, Body = body, Stream = facts.Stream };
        return await AnswerAsync(http, request, facts, redacted, cancellation);
    }

    /// <summary>Answers a call that was checked.</summary>
    public async Task<IResult> AnswerAsync(
        HttpContext http, ProviderRequest request, CallFacts facts, RedactionMap? redacted, CancellationToken cancellation)
    {
        var metered = MeteredCall.Of(http);
        using var lease = Caller.Of(http) is { } caller
            ? await tokens.AcquireAsync(caller, facts.PromptTokens + facts.OutputBound, http)
            : null;
        await metered.ReserveAsync(LargeModelOperations.Call, request.Route.Model, ChargedTokens.Bounds(facts), cancellation);
        var call = new LargeModelCall
        {
            Http = http,
            Request = request,
            Facts = facts,
            Redaction = redacted,
            Metered = metered,
            Tokens = lease,
        };
        using var answer = await provider.SendAsync(request, cancellation);
        return facts.Stream
            ? await streams.WriteAsync(call, answer, cancellation)
            : await WholeAnswers.DeliverAsync(call, answer, cancellation);
    }

    private CallLimits LimitsOf(HttpContext http) => new(Caller.Of(http)?.Terms.MaxOutputTokens, options.Value.MaxImageBytes);

    private static string ModelOf(JsonObject body) => body["model"] switch
    {
        null => throw RefusedException.BadRequest("missing_model", "The body has no 'model'; GET /v1/models lists the models.", "model"),
        JsonValue value when value.TryGetValue<string>(out var name) => name,
        _ => throw RefusedException.BadRequest("invalid_model", "'model' must be text; GET /v1/models lists the models.", "model"),
    };
}
