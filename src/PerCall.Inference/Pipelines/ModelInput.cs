namespace PerCall.Inference.Pipelines;

/// <summary>One input of a model: a text, a picture or a row.</summary>
public abstract record ModelInput;

/// <summary>What a call asks of a model's answers.</summary>
public sealed record CallOptions
{
    /// <summary>Number of labels of each answer, at least 1; for the output kind <c>labels</c>.</summary>
    public int TopK { get; init; } = 5;

    /// <summary>
    /// Number of values of each answer, from the first one; null for all. For the output kind <c>values</c> of a model that lists it in
    /// <c>output.dimensions</c>.
    /// </summary>
    public int? Dimensions { get; init; }

    /// <summary>Whether the scores of labels are the output's own values, without the manifest's activation.</summary>
    public bool Raw { get; init; }
}
