using PerCall.Training.Baselines;

namespace PerCall.Training.Neighbors;

/// <summary>Settings of neighbour methods.</summary>
internal sealed record NeighborOptions
{
    /// <summary>Neighbours kept of each item (or user); 1 to 10,000.</summary>
    public int Neighbors { get; init; } = 100;

    /// <summary>How alike two items (or users) are.</summary>
    public Similarity Similarity { get; init; } = Similarity.Cosine;

    /// <summary>Common ratings at which a similarity counts half; 0 or more.</summary>
    public float SimilarityShrinkage { get; init; } = 25;

    /// <summary>Common ratings that a neighbour needs at least.</summary>
    public int MinCommon { get; init; } = 2;

    /// <summary>Added to the sum of similarities under an estimate, so that few and weak neighbours pull less.</summary>
    public float Shrinkage { get; init; } = 0.1f;

    /// <summary>
    /// What neighbours' ratings are compared to; null for the plain method, which averages the ratings themselves (and wants a shrinkage of
    /// 0).
    /// </summary>
    public BaselineOptions? Baseline { get; init; } = new();

    /// <summary>Threads at most; the model is the same for any number.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}

/// <summary>How alike two items (or users) are, from the ratings that they have in common.</summary>
internal enum Similarity
{
    /// <summary>Correlation of what the baseline leaves unexplained, shrunk where few are common (Koren 2010).</summary>
    PearsonBaseline,

    /// <summary>Cosine of the same over all ratings, those not in common counting as zero, shrunk where few are common.</summary>
    Cosine,
}
