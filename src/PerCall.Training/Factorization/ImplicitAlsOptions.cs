namespace PerCall.Training.Factorization;

/// <summary>Settings of implicit-feedback alternating least squares.</summary>
internal sealed record ImplicitAlsOptions
{
    /// <summary>Length of a vector; 1 to 1,024.</summary>
    public int Factors { get; init; } = 64;

    /// <summary>Turns of solving users and items; 1 to 1,000.</summary>
    public int Epochs { get; init; } = 15;

    /// <summary>λ, once for each vector; greater than 0, without which there may be no single solution.</summary>
    public float Regularization { get; init; } = 10;

    /// <summary>α: what one unit of feedback adds to the confidence of 1 that its absence has; greater than 0.</summary>
    public float Confidence { get; init; } = 0.3f;

    /// <summary>Standard deviation of the first factors.</summary>
    public float Deviation { get; init; } = 0.1f;

    /// <summary>Decides everything random.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Threads at most; the model is the same for any number.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}
