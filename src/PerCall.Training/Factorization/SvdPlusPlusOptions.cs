namespace PerCall.Training.Factorization;

/// <summary>Settings of SVD++. Rates and λ are for ratings with a standard deviation of 1.</summary>
internal sealed record SvdPlusPlusOptions
{
    /// <summary>Length of a vector; 1 to 1,024.</summary>
    public int Factors { get; init; } = 64;

    /// <summary>Passes over the ratings; 1 to 10,000.</summary>
    public int Epochs { get; init; } = 40;

    /// <summary>Step size of the first epoch.</summary>
    public float LearningRate { get; init; } = 0.015f;

    /// <summary>Factor applied to the step size after every epoch.</summary>
    public float Decay { get; init; } = 0.97f;

    /// <summary>λ of the factors, per rating.</summary>
    public float Regularization { get; init; } = 0.1f;

    /// <summary>λ of the implicit item factors, per user who rated the item.</summary>
    public float ImplicitRegularization { get; init; } = 0.1f;

    /// <summary>λ of the biases, per rating.</summary>
    public float BiasRegularization { get; init; } = 0.05f;

    /// <summary>Standard deviation of the initial factors.</summary>
    public float Deviation { get; init; } = 0.03f;

    /// <summary>Seed of all random numbers.</summary>
    public int Seed { get; init; } = 1;
}
