namespace PerCall.Client.Wire;

/// <summary>The JSON form of <c>POST /v1/images/classify</c>.</summary>
public sealed record ClassifyImageRequest
{
    /// <summary>The encoded picture (JPEG, PNG, WebP, GIF or BMP) in base64; a <c>data:</c> address is taken too.</summary>
    public string? Image { get; init; }

    /// <summary>A model as name, name/version or name/alias.</summary>
    public string? Model { get; init; }

    /// <summary>How many labels to answer; 5 where it is left out.</summary>
    public int? TopK { get; init; }
}

/// <summary>The labels of one picture.</summary>
public sealed record ClassifyImageResponse
{
    /// <summary>The answer's own id.</summary>
    public required string Id { get; init; }

    /// <summary>The model that answered.</summary>
    public required string Model { get; init; }

    /// <summary>Its version.</summary>
    public required string Version { get; init; }

    /// <summary>Labels, best first.</summary>
    public required IReadOnlyList<LabelScore> Predictions { get; init; }

    /// <summary>For models that decide for each label by itself: those that apply, best first.</summary>
    public IReadOnlyList<string>? Labels { get; init; }
}

/// <summary>A label and how sure the model is of it.</summary>
/// <param name="Label">The label.</param>
/// <param name="Score">A probability for most models; the model's card says.</param>
/// <param name="Index">The label's place in the model's labels, from 0, where others are called the same.</param>
public sealed record LabelScore(string Label, float Score, int? Index = null);
