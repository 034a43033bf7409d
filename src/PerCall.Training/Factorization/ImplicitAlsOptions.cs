namespace PerCall.Training.Factorization;

/// <summary>Settings of implicit-feedback alternating least squares.</summary>
internal sealed record ImplicitAlsOptions
{
    /// <summary>Length of a vector; 1 to 1,024.</summary>
    public int Factors { get; init; } = 64;

    /// <summary>Number of alternating solutions of users and items; 1 to 1,000.</summary>
    public int Epochs { get; init; } = 15;

    /// <summary>λ, once for each vector; greater than 0, because otherwise the solution may not be unique.</summary>
    public float Regularization { get; init; } = 10;

    /// <summary>α: what one unit of feedback adds to the confidence of 1 of an item without feedback; greater than 0.</summary>
    public float Confidence { get; init; } = 0.3f;

    /// <summary>Standard deviation of the initial factors.</summary>
    public float Deviation { get; init; } = 0.1f;

    /// <summary>Seed of all random numbers.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Maximum number of threads; the model is the same for any number.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}
