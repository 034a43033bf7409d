using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using PerCall.LargeModels.Routes;
using PerCall.LargeModels.Tokens;

namespace PerCall.LargeModels.Dialect;

/// <summary>Reads what a provider reports, and decides what a call is charged for.</summary>
public static class Usages
{
    // A bound has a margin for what cannot be counted. A report of more than twice the bound is an error of the provider.
    private const int ImplausibleFactor = 2;

    /// <summary>Returns the usage that a whole answer reports; null: none, or an implausible one.</summary>
    public static TokenUsage? Of(LargeModelEndpoint endpoint, JsonElement answer)
    {
        if (answer.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        if (answer.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object)
        {
            var reader = new Utf8JsonReader(JsonMarshal.GetRawUtf8Value(usage), new() { MaxDepth = 128 });
            reader.Read();
            return UsageReader.Read(endpoint, ref reader);
        }

        return endpoint == LargeModelEndpoint.Transcriptions && answer.TryGetProperty("duration", out var duration)
            ? DurationOf(duration)
            : null;
    }

    /// <summary>
    /// Returns what is charged, and what the charge is based on: the provider's report when it is plausible, or else the count. It is never
    /// negative, and never more than what the call reserved.
    /// </summary>
    /// <param name="facts">The checked call.</param>
    /// <param name="reported">The provider's report; null: none, or an implausible one.</param>
    /// <param name="counted">What was counted: the prompt, and the text that was delivered.</param>
    public static (TokenUsage Usage, UsageBasis Basis) Settle(CallFacts facts, TokenUsage? reported, TokenUsage counted) =>
        reported is { } usage && IsPlausible(facts, usage, counted)
            ? (Bound(facts, usage), UsageBasis.Reported)
            : (Bound(facts, counted), UsageBasis.Counted);

    /// <summary>Returns what is charged for a whole answer.</summary>
    /// <param name="facts">The checked call.</param>
    /// <param name="route">The route of the call's model.</param>
    /// <param name="answer">The answer, a JSON object.</param>
    public static (TokenUsage Usage, UsageBasis Basis) SettleWhole(CallFacts facts, LargeModelRoute route, JsonElement answer) =>
        Settle(facts, Of(facts.Endpoint, answer), Counted(facts, route, Answers.TextOf(facts.Endpoint, answer)));

    /// <summary>Returns what is charged for a whole answer that is plain text, and so reports no usage.</summary>
    /// <param name="facts">The checked call.</param>
    /// <param name="route">The route of the call's model.</param>
    /// <param name="text">The answer.</param>
    public static (TokenUsage Usage, UsageBasis Basis) SettleWhole(CallFacts facts, LargeModelRoute route, string text) =>
        Settle(facts, reported: null, Counted(facts, route, text));

    private static TokenUsage Counted(CallFacts facts, LargeModelRoute route, string text) =>
        new(facts.PromptTokens, 0, TokenCounter.For(route.Tokenizer.ForCharges()).Count(text), facts.AudioSeconds);

    private static bool IsPlausible(CallFacts facts, TokenUsage reported, TokenUsage counted)
    {
        if (reported is { In: < 0 } or { CachedIn: < 0 } or { Out: < 0 } or { AudioSeconds: < 0 })
        {
            return false;
        }

        // A transcription is charged by seconds. A report in tokens does not give them.
        if (facts.Endpoint == LargeModelEndpoint.Transcriptions)
        {
            return reported.AudioSeconds > 0 && reported.AudioSeconds / ImplausibleFactor <= facts.AudioSeconds;
        }

        var prompt = (Int128)reported.In + reported.CachedIn;
        return prompt > 0
            && prompt <= (Int128)facts.PromptBound * ImplausibleFactor
            && reported.Out <= (Int128)facts.OutputBound * ImplausibleFactor
            && (reported.Out > 0 || counted.Out <= 0);
    }

    private static TokenUsage Bound(CallFacts facts, TokenUsage usage)
    {
        var cached = Math.Clamp(usage.CachedIn, 0, facts.PromptBound);
        return new(
            Math.Clamp(usage.In, 0, facts.PromptBound - cached),
            cached,
            Math.Clamp(usage.Out, 0, facts.OutputBound),
            Math.Clamp(usage.AudioSeconds, 0, facts.AudioSeconds));
    }

    private static TokenUsage? DurationOf(JsonElement duration) => duration.ValueKind switch
    {
        JsonValueKind.Number when duration.TryGetDouble(out var seconds) => UsageReader.OfSeconds(seconds),
        JsonValueKind.String
            when double.TryParse(duration.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            => UsageReader.OfSeconds(seconds),
        _ => null,
    };
}
