using System.Text.Json;
using System.Text.Json.Serialization;

namespace PerCall.Client.Wire;

/// <summary>
/// The body of <c>POST /v1/chat/completions</c>: the fields that the service reads. OpenAI's other fields are passed on to the provider.
/// </summary>
public sealed record ChatCompletionBody
{
    /// <summary>The large model's name.</summary>
    public required string Model { get; init; }

    /// <summary>The conversation, at least one message.</summary>
    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    /// <summary>Whether the answer is a stream of server-sent events.</summary>
    public bool? Stream { get; init; }

    /// <summary>Maximum output tokens of each choice. Default: the most that the model and the plan allow.</summary>
    public int? MaxCompletionTokens { get; init; }

    /// <summary>Older name of <c>max_completion_tokens</c>.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Number of choices.</summary>
    public int? N { get; init; }
}

/// <summary>A message of a conversation.</summary>
public sealed record ChatMessage
{
    /// <summary>The author: <c>system</c>, <c>developer</c>, <c>user</c>, <c>assistant</c> or <c>tool</c>.</summary>
    public required string Role { get; init; }

    /// <summary>Text, or an array of parts.</summary>
    public JsonElement? Content { get; init; }
}

/// <summary>
/// The body of <c>POST /v1/responses</c>: the fields that the service reads. OpenAI's other fields are passed on to the provider.
/// </summary>
public sealed record ResponseBody
{
    /// <summary>The large model's name.</summary>
    public required string Model { get; init; }

    /// <summary>Text, or an array of items.</summary>
    public required JsonElement Input { get; init; }

    /// <summary>Instructions that precede the input.</summary>
    public string? Instructions { get; init; }

    /// <summary>Whether the answer is a stream of server-sent events.</summary>
    public bool? Stream { get; init; }

    /// <summary>Maximum output tokens. Default: the most that the model and the plan allow.</summary>
    public int? MaxOutputTokens { get; init; }
}

/// <summary>The body of <c>POST /v1/moderations</c>: the fields that the service reads.</summary>
public sealed record EmbeddingBody
{
    /// <summary>The large model's name.</summary>
    public required string Model { get; init; }

    /// <summary>Text, an array of texts, or token ids.</summary>
    public required JsonElement Input { get; init; }
}

/// <summary>The provider's answer, unchanged, with the member <c>percall</c>.</summary>
public sealed record LargeModelAnswer
{
    /// <summary>Says that a large model generated the answer.</summary>
    [JsonPropertyName("percall")]
    public required GeneratedMark PerCall { get; init; }
}

/// <summary>The mark of a generated answer.</summary>
/// <param name="AiGenerated">Always true.</param>
/// <param name="Model">The model's public name.</param>
public sealed record GeneratedMark(bool AiGenerated, string Model);
