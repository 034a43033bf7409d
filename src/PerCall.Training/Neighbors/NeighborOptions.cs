using PerCall.Training.Baselines;

namespace PerCall.Training.Neighbors;

/// <summary>Settings of neighbour methods.</summary>
internal sealed record NeighborOptions
{
    /// <summary>Number of neighbours to keep per item (or user); 1 to 10,000.</summary>
    public int Neighbors { get; init; } = 100;

    /// <summary>The similarity measure of two items (or users).</summary>
    public Similarity Similarity { get; init; } = Similarity.Cosine;

    /// <summary>Number of common ratings at which a similarity is halved; 0 or more.</summary>
    public float SimilarityShrinkage { get; init; } = 25;

    /// <summary>Minimum number of common ratings of a neighbour.</summary>
    public int MinCommon { get; init; } = 2;

    /// <summary>Added to the sum of similarities in the denominator of an estimate, to reduce the weight of few, weak neighbours.</summary>
    public float Shrinkage { get; init; } = 0.1f;

    /// <summary>
    /// The baseline that is subtracted from ratings; null for the plain method, which averages the ratings themselves (and should have a
    /// shrinkage of 0).
    /// </summary>
    public BaselineOptions? Baseline { get; init; } = new();

    /// <summary>Maximum number of threads; the model is the same for any number.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}

/// <summary>Similarity measures of two items (or users), based on their common ratings.</summary>
internal enum Similarity
{
    /// <summary>Correlation of the residuals from the baseline, reduced for few common ratings (Koren 2010).</summary>
    PearsonBaseline,

    /// <summary>Cosine of the residuals over all ratings, with missing ones as zero, reduced for few common ratings.</summary>
    Cosine,
}
