namespace PerCall.Inference.Packages;

/// <summary>
/// One line of <c>golden.jsonl</c>: an input of the package, and the answer that its owner saw. A task adds members of its own beside it.
/// </summary>
internal sealed partial record GoldenExample
{
    /// <summary>A picture, by its path in the package.</summary>
    public string? Image { get; init; }

    /// <summary>A text.</summary>
    public string? Text { get; init; }

    /// <summary>The token ids of the text, truncated: with them an example proves the tokenizer, and not only its effect.</summary>
    public IReadOnlyList<int>? Ids { get; init; }

    /// <summary>A user that the recommender was trained on.</summary>
    public string? User { get; init; }

    /// <summary>The ratings of a caller that it was not trained on.</summary>
    public IReadOnlyList<GoldenRating>? History { get; init; }

    /// <summary>The best predictions, best first; at least one, for classification.</summary>
    public IReadOnlyList<GoldenPrediction> Predictions { get; set; } = [];

    /// <summary>The best items, best first; at least one, for recommendation.</summary>
    public IReadOnlyList<GoldenRecommendation> Recommendations { get; set; } = [];

    /// <summary>How far a score may be off: processors differ in the last digits of a sum.</summary>
    public float Tolerance { get; set; } = 0.001f;
}

/// <summary>One expected label and score.</summary>
internal sealed record GoldenPrediction(string Label, float Score);

/// <summary>One expected item and score.</summary>
internal sealed record GoldenRecommendation(string Item, float Score);

/// <summary>One rating of a golden example's caller.</summary>
internal sealed record GoldenRating(string Item, float? Rating = null);
