namespace PerCall.Inference.Packages;

/// <summary>How a large model is asked to choose a label.</summary>
public sealed record LargeModelRules
{
    /// <summary>The public name of a large model in the service's settings.</summary>
    public required string Model { get; init; }

    /// <summary>What the labels mean and how to choose one, 1 to 20,000 characters. PerCall adds the list of labels.</summary>
    public required string Instructions { get; init; }

    /// <summary>Inputs with their labels, at most 64, or 16 pictures. They are sent with each call.</summary>
    public IReadOnlyList<LabelExample> Examples { get; set; } = [];

    /// <summary>Maximum characters of a text, 1 to 1,048,576. Longer texts are truncated. Default: 20,000.</summary>
    public int MaxCharacters { get; set; } = 20_000;

    /// <summary>Which characters of a longer text are kept; not <see cref="Truncation.Ends"/>.</summary>
    public Truncation Truncate { get; set; } = Truncation.Head;

    /// <summary>
    /// Maximum width and height of the picture that is sent, 64 to 2048 pixels. Larger pictures are shrunk. Default: 768.
    /// </summary>
    public int MaxSide { get; set; } = 768;

    /// <summary>
    /// Maximum output tokens, 16 to 100,000, including hidden reasoning; null: enough for the longest label of a model that does not
    /// reason.
    /// </summary>
    public int? MaxOutputTokens { get; init; }
}

/// <summary>An input and its label.</summary>
/// <param name="Input">The text, or the path of the picture in the package.</param>
/// <param name="Label">One of the labels.</param>
public sealed record LabelExample(string Input, string Label);

/// <summary>The model that answers inputs with low scores.</summary>
public sealed record FallbackRule
{
    /// <summary>The name of a published large model for the same task, with the same labels. Its production version answers.</summary>
    public required string Model { get; init; }

    /// <summary>An input is answered by <see cref="Model"/> when its best score is below this bound; above 0, at most 1.</summary>
    public required float Below { get; init; }
}
