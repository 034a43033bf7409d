using System.Text;
using System.Text.Json;
using PerCall.Inference;
using PerCall.Inference.LargeModels;
using PerCall.LargeModels;
using PerCall.LargeModels.Routes;

namespace PerCall.Functions.LargeModels.Classification;

/// <summary>Reads the answers of chat completions to questions.</summary>
public static class LabelReplies
{
    private const int ShownRefusal = 200;

    /// <param name="answer">The body of the answer.</param>
    /// <param name="model">The public name of the large model.</param>
    /// <param name="usage">What the provider bills.</param>
    /// <param name="prices">The prices of the deployment that answered; null: not configured.</param>
    /// <exception cref="LabelRefusedException">The model refused the input, a content filter did, or the answer is incomplete.</exception>
    public static LabelReply Read(JsonElement answer, string model, TokenUsage usage, DeploymentPrices? prices)
    {
        if (Member(answer, "choices") is not { ValueKind: JsonValueKind.Array } choices || choices.GetArrayLength() == 0
            || Member(choices[0], "message") is not { ValueKind: JsonValueKind.Object } message)
        {
            throw new LabelRefusedException("label_missing", model, "the provider's answer has no message.");
        }

        if (Text(message, "refusal") is { Length: > 0 } refusal)
        {
            throw new LabelRefusedException(
                "label_refused", model, "the model refused it: "
                    + $"{(refusal.Length <= ShownRefusal ? refusal : refusal[..ShownRefusal] + "…")}");
        }

        switch (Text(choices[0], "finish_reason"))
        {
            case "content_filter":
                throw new LabelRefusedException("content_filter", model, "a content filter of the provider refused it.");
            case "length":
                throw new LabelRefusedException(
                    "label_incomplete",
                    model,
                    "the answer reached its maximum length; large_model.max_output_tokens of the package is too low for this model.");
        }

        return new()
        {
            Text = Text(message, "content") ?? "",
            Tokens = TokensOf(choices[0]),
            PromptTokens = usage.In + usage.CachedIn,
            Cost = prices?.Of(usage),
        };
    }

    private static List<AnswerToken>? TokensOf(JsonElement choice)
    {
        if (Member(choice, "logprobs") is not { ValueKind: JsonValueKind.Object } logprobs
            || Member(logprobs, "content") is not { ValueKind: JsonValueKind.Array } content)
        {
            return null;
        }

        List<AnswerToken> tokens = [];
        foreach (var item in content.EnumerateArray())
        {
            if (LikelihoodOf(item) is not { } token)
            {
                return null;
            }

            var top = Member(item, "top_logprobs") is { ValueKind: JsonValueKind.Array } others
                ? others.EnumerateArray().Select(LikelihoodOf).OfType<TokenLikelihood>()
                : [];
            tokens.Add(new(token, [.. top]));
        }

        return tokens;
    }

    private static TokenLikelihood? LikelihoodOf(JsonElement item)
    {
        if (Member(item, "logprob") is not { ValueKind: JsonValueKind.Number } number || !number.TryGetDouble(out var probability)
            || Text(item, "token") is not { } token)
        {
            return null;
        }

        // A token can be a part of a character. Its text then cannot show its bytes.
        return Member(item, "bytes") is { ValueKind: JsonValueKind.Array } bytes
            && bytes.EnumerateArray().All(b => b.ValueKind == JsonValueKind.Number && b.TryGetByte(out _))
            ? new(bytes.EnumerateArray().Select(b => b.GetByte()).ToArray(), probability)
            : new(Encoding.UTF8.GetBytes(token), probability);
    }

    private static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;

    private static string? Text(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
}
