using System.Text.Json.Serialization;

namespace PerCall.Client.Wire;

/// <summary>The body of <c>POST /v1/text/classify</c>.</summary>
public sealed record ClassifyTextRequest
{
    /// <summary>One text, or up to 256: a string or an array of strings.</summary>
    [JsonConverter(typeof(OneOrManyTexts))]
    public IReadOnlyList<string>? Input { get; init; }

    /// <summary>The model: name, name/version or name/alias.</summary>
    public string? Model { get; init; }

    /// <summary>Number of labels to return for each text; 5 if omitted.</summary>
    public int? TopK { get; init; }

    /// <summary>For a model of natural language inference: 1 to 100 labels to choose among, instead of the model's own.</summary>
    public IReadOnlyList<string>? CandidateLabels { get; init; }

    /// <summary>
    /// With candidate labels: a sentence with <c>{}</c> in the place of a label; <c>This example is {}.</c> if omitted.
    /// </summary>
    public string? HypothesisTemplate { get; init; }

    /// <summary>With candidate labels: whether each label is scored by itself, so that several may apply; false if omitted.</summary>
    public bool? MultiLabel { get; init; }
}

/// <summary>The labels of a call's texts.</summary>
public sealed record ClassifyTextResponse
{
    /// <summary>The response's id.</summary>
    public required string Id { get; init; }

    /// <summary>The model that answered.</summary>
    public required string Model { get; init; }

    /// <summary>The version of that model.</summary>
    public required string Version { get; init; }

    /// <summary>One result for each text, in the order of the input.</summary>
    public required IReadOnlyList<TextLabels> Results { get; init; }

    /// <summary>The number of characters and tokens read.</summary>
    public required TextUsage Usage { get; init; }
}

/// <summary>The labels of one text.</summary>
public sealed record TextLabels
{
    /// <summary>The index of the text in the call, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Labels and scores, best first.</summary>
    public required IReadOnlyList<LabelScore> Predictions { get; init; }

    /// <summary>For a model whose labels apply independently: labels whose score reaches their threshold, best first.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>Whether the text was cut, so that the model saw only a part of it.</summary>
    public required bool Truncated { get; init; }

    /// <summary>For a model with a fallback: the model and version that answered this text.</summary>
    public string? Model { get; init; }

    /// <summary>
    /// For a low score of a model with a fallback: <c>answered</c>, the fallback answered; or <c>unavailable</c>, and the model's own
    /// answer stays.
    /// </summary>
    public string? Fallback { get; init; }
}

/// <summary>The number of characters and tokens read in a call.</summary>
/// <param name="Characters">Unicode characters (scalar values) in the input.</param>
/// <param name="Tokens">Tokens that the model read; 0 for a model that takes strings.</param>
public sealed record TextUsage(long Characters, long Tokens);
