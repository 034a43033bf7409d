namespace PerCall.Client.Wire;

/// <summary>The JSON form of <c>POST /v1/images/classify</c>.</summary>
public sealed record ClassifyImageRequest
{
    /// <summary>The encoded picture (JPEG, PNG, WebP, GIF or BMP) in base64; a <c>data:</c> URI is also accepted.</summary>
    public string? Image { get; init; }

    /// <summary>The model: name, name/version or name/alias.</summary>
    public string? Model { get; init; }

    /// <summary>Number of labels to return; 5 if omitted.</summary>
    public int? TopK { get; init; }
}

/// <summary>The labels of one picture.</summary>
public sealed record ClassifyImageResponse
{
    /// <summary>The response's id.</summary>
    public required string Id { get; init; }

    /// <summary>The model that answered.</summary>
    public required string Model { get; init; }

    /// <summary>The version of that model.</summary>
    public required string Version { get; init; }

    /// <summary>Labels, best first.</summary>
    public required IReadOnlyList<LabelScore> Predictions { get; init; }

    /// <summary>For a model whose labels apply independently: the labels that apply, best first.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>
    /// For a model with a fallback and a low score: <c>answered</c>, and <see cref="Model"/> is the fallback; or <c>unavailable</c>, and
    /// the model's own answer stays.
    /// </summary>
    public string? Fallback { get; init; }
}

/// <summary>A label and its score.</summary>
/// <param name="Label">The label.</param>
/// <param name="Score">
/// A probability for most models; see the model's card. Absent if the model is a large model whose provider reports no probabilities.
/// </param>
/// <param name="Index">The label's index in the model's labels, from 0; present only if another label has the same name.</param>
public sealed record LabelScore(string Label, float? Score, int? Index = null);
