using System.Text.Json.Serialization;

namespace PerCall.Client.Wire;

/// <summary>The body of <c>POST /v1/text/classify</c>.</summary>
public sealed record ClassifyTextRequest
{
    /// <summary>One text, or up to 256: a string or an array of strings.</summary>
    [JsonConverter(typeof(OneOrManyTexts))]
    public IReadOnlyList<string>? Input { get; init; }

    /// <summary>A model as name, name/version or name/alias.</summary>
    public string? Model { get; init; }

    /// <summary>How many labels to answer for each text; 5 where it is left out.</summary>
    public int? TopK { get; init; }
}

/// <summary>The labels of a call's texts.</summary>
public sealed record ClassifyTextResponse
{
    /// <summary>The answer's own id.</summary>
    public required string Id { get; init; }

    /// <summary>The model that answered.</summary>
    public required string Model { get; init; }

    /// <summary>Its version.</summary>
    public required string Version { get; init; }

    /// <summary>One for each text, in the order they came in.</summary>
    public required IReadOnlyList<TextLabels> Results { get; init; }

    /// <summary>What was read of the texts.</summary>
    public required TextUsage Usage { get; init; }
}

/// <summary>The labels of one text.</summary>
public sealed record TextLabels
{
    /// <summary>The text's place in the call, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Labels and scores, best first.</summary>
    public required IReadOnlyList<LabelScore> Predictions { get; init; }

    /// <summary>Where a text can have several labels: those whose score reaches their threshold, best first.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>Whether the model saw less than the whole text.</summary>
    public required bool Truncated { get; init; }
}

/// <summary>What was read of a call's texts.</summary>
/// <param name="Characters">Unicode characters (scalar values) that came in.</param>
/// <param name="Tokens">Tokens that the model saw; 0 for a model that takes strings.</param>
public sealed record TextUsage(long Characters, long Tokens);
