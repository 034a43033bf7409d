namespace PerCall.Inference.Packages;

/// <summary>One line of <c>golden.jsonl</c>: an input of the package, and the answer that its owner saw.</summary>
internal sealed record GoldenExample
{
    /// <summary>A picture, by its path in the package.</summary>
    public string? Image { get; init; }

    /// <summary>The best predictions, best first; at least one.</summary>
    public required IReadOnlyList<GoldenPrediction> Predictions { get; init; }

    /// <summary>How far a score may be off: processors differ in the last digits of a sum.</summary>
    public float Tolerance { get; init; } = 0.001f;
}

/// <summary>One expected label and score.</summary>
internal sealed record GoldenPrediction(string Label, float Score);
