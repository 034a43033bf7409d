using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PerCall.LargeModels;
using PerCall.LargeModels.Dialect;
using PerCall.LargeModels.Providers;
using PerCall.LargeModels.Tokens;

namespace PerCall.Functions.LargeModels;

/// <summary>Delivers an answer that is one JSON document.</summary>
public static class WholeAnswers
{
    private const string Json = "application/json; charset=utf-8";

    /// <exception cref="LargeModelRefusedException">The provider broke off, or its answer is too long or no JSON.</exception>
    public static async Task<IResult> DeliverAsync(
        LargeModelCall call, ProviderAnswer answer, int maxBytes, CancellationToken cancellation)
    {
        var body = await ReadAsync(answer, maxBytes, cancellation);
        TokenUsage used;
        UsageBasis basis;
        using (var document = Parse(body))
        {
            var root = document.RootElement;
            (used, basis) = Usages.Settle(call.Facts, Usages.Of(call.Endpoint, root), Counted(call, root));
        }

        if (call.Redaction is { IsEmpty: false } redaction)
        {
            body = redaction.Reinsert(body);
        }

        call.Tokens.Settle(used.Tokens);
        return await call.Metered.DeliverAsync(
            call.Id,
            call.Route.Model,
            answer.Deployment.Target,
            ChargedTokens.Of(used, basis, answer.Deployment),
            Marking.Add(body, call.Route.Model),
            Json,
            cancellation);
    }

    private static TokenUsage Counted(LargeModelCall call, JsonElement root) => new(
        call.Facts.PromptTokens, 0, TokenCounter.For(call.Route.Tokenizer).Count(Answers.TextOf(call.Endpoint, root)),
        call.Facts.AudioSeconds);
}
