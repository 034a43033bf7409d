using System.Text.Json;
using System.Text.Json.Serialization;
using PerCall.Client.Wire;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Text;

/// <summary>Same as <see cref="ClassifyTextRequest"/>; in addition, a row of a file may name its single text <c>text</c>.</summary>
public sealed record TextBody
{
    [JsonConverter(typeof(OneOrManyTexts))]
    public IReadOnlyList<string>? Input { get; init; }

    public string? Text { get; init; }

    public string? Model { get; init; }

    public int? TopK { get; init; }

    public IReadOnlyList<string>? CandidateLabels { get; init; }

    public string? HypothesisTemplate { get; init; }

    public bool? MultiLabel { get; init; }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, MaxDepth = 16)]
[JsonSerializable(typeof(TextBody))]
public sealed partial class TextJson : JsonSerializerContext
{
    /// <inheritdoc cref="RequestJson"/>
    public static TextJson Strict => field ??= new(RequestJson.Strict(Default));
}
