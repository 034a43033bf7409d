namespace PerCall.Inference.Recommend.Packaging;

/// <summary>What a package says of itself in words.</summary>
public sealed record RecommenderDescription
{
    /// <summary>The model's name: lower-case letters, digits and dashes.</summary>
    public required string Name { get; init; }

    /// <summary>Starts with a digit.</summary>
    public required string Version { get; init; }

    /// <summary>One sentence, at most 500 characters.</summary>
    public required string Description { get; init; }

    /// <summary>The licence of what was learnt, as an SPDX identifier or a sentence.</summary>
    public required string License { get; init; }

    /// <summary>The model card, Markdown.</summary>
    public required string Card { get; init; }
}
