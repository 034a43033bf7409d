using System.Globalization;
using PerCall.StandIn.Requests;
using PerCall.StandIn.Scripts;

namespace PerCall.StandIn.Answers;

/// <summary>What a call used, and the shape in which the provider reports it.</summary>
internal sealed record Usage
{
    private const long Absurd = 1_000_000_000_000_000;

    public required long In { get; init; }

    public required long CachedIn { get; init; }

    /// <summary>Output tokens, those of hidden reasoning included.</summary>
    public required long Out { get; init; }

    public required long Reasoning { get; init; }

    /// <summary>Seconds of audio.</summary>
    public required long Seconds { get; init; }

    /// <summary>
    /// The script's <c>usage</c>: normal, with-choices, missing, twice, negative, absurd, string, float, zero, or duration.
    /// </summary>
    public required string Shape { get; init; }

    /// <summary>Tokens written to the cache; null: not reported.</summary>
    public required long? CacheWrite { get; init; }

    public static Usage From(Operation operation, Asked asked, Script script, Content content)
    {
        var generates = operation is Operation.Chat or Operation.Responses or Operation.Transcriptions;
        var reasoning = script.Number("reasoning", 0);
        return new()
        {
            In = script.Number("in", Math.Max(1, asked.Words)),
            CachedIn = script.Number("cached", 0),
            Out = generates ? ((long)content.Tokens * asked.Choices) + reasoning : 0,
            Reasoning = reasoning,
            Seconds = script.Number("seconds", 1),
            Shape = script.Text("usage") ?? "normal",
            CacheWrite = script.Number("cache-write"),
        };
    }

    /// <summary>As chat completions and embeddings report it; null: it is missing.</summary>
    /// <param name="half">Half of what was used, as an early report has it.</param>
    public string? Chat(bool half = false) => Shape == "missing" ? null : $$$"""
        {"prompt_tokens":{{{N(In)}}},"completion_tokens":{{{N(OutOf(half))}}},"total_tokens":{{{N(In + OutOf(half))}}},
        "prompt_tokens_details":{"cached_tokens":{{{N(CachedIn)}}},"audio_tokens":0}{{{Written}}},
        "completion_tokens_details":{"reasoning_tokens":{{{N(Reasoning)}}},"audio_tokens":0,"accepted_prediction_tokens":0,
        "rejected_prediction_tokens":0}}
        """.Joined();

    public string? Embeddings => Shape == "missing" ? null : $$"""{"prompt_tokens":{{N(In)}},"total_tokens":{{N(In)}}}""";

    /// <summary>As <c>/v1/responses</c> reports it; null: it is missing.</summary>
    public string? Responses() => Shape == "missing" ? null : $$$"""
        {"input_tokens":{{{N(In)}}},"input_tokens_details":{"cached_tokens":{{{N(CachedIn)}}}}{{{Written}}},
        "output_tokens":{{{N(Out)}}},"output_tokens_details":{"reasoning_tokens":{{{N(Reasoning)}}}},
        "total_tokens":{{{N(In + Out)}}}}
        """.Joined();

    /// <summary>As transcriptions report it; null: it is missing.</summary>
    public string? Transcription => Shape switch
    {
        "missing" => null,
        "duration" => $$"""{"type":"duration","seconds":{{Seconds}}}""",
        _ => $$$"""
            {"type":"tokens","input_tokens":{{{N(In)}}},"input_token_details":{"text_tokens":0,"audio_tokens":{{{N(In)}}}},
            "output_tokens":{{{N(Out)}}},"total_tokens":{{{N(In + Out)}}}}
            """.Joined(),
    };

    // The detail is smaller than its total, as some providers report it.
    private string Written => CacheWrite is { } written
        ? $$$""","cache_creation_input_tokens":{{{N(written)}}},"cache_creation":{"ephemeral_5m_input_tokens":{{{N(written / 2)}}}}"""
        : "";

    private long OutOf(bool half) => half ? Out / 2 : Out;

    private string N(long number) => Shape switch
    {
        "negative" => (-number - 1).ToString(CultureInfo.InvariantCulture),
        "absurd" => (Absurd + number).ToString(CultureInfo.InvariantCulture),
        "string" => $"\"{number}\"",
        "float" => $"{number}.0",
        "zero" => "0",
        _ => number.ToString(CultureInfo.InvariantCulture),
    };
}
