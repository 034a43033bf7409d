namespace PerCall.Inference.Recommend.Packaging;

/// <summary>The description of a package.</summary>
public sealed record RecommenderDescription
{
    /// <summary>The model's name: lower-case letters, digits and dashes.</summary>
    public required string Name { get; init; }

    /// <summary>The version. It starts with a digit.</summary>
    public required string Version { get; init; }

    /// <summary>The description, one sentence of at most 500 characters.</summary>
    public required string Description { get; init; }

    /// <summary>The licence of the model, as an SPDX identifier or a sentence.</summary>
    public required string License { get; init; }

    /// <summary>The model card, in Markdown.</summary>
    public required string Card { get; init; }
}
