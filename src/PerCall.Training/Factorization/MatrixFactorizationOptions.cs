namespace PerCall.Training.Factorization;

/// <summary>Settings of biased matrix factorisation. Rates and λ are for ratings with a standard deviation of 1.</summary>
internal sealed record MatrixFactorizationOptions
{
    /// <summary>Length of a vector; 1 to 1,024.</summary>
    public int Factors { get; init; } = 64;

    /// <summary>Passes over the ratings; 1 to 10,000.</summary>
    public int Epochs { get; init; } = 60;

    /// <summary>Step size of the first epoch.</summary>
    public float LearningRate { get; init; } = 0.02f;

    /// <summary>Factor applied to the step size after every epoch.</summary>
    public float Decay { get; init; } = 0.97f;

    /// <summary>λ of the factors, per rating.</summary>
    public float Regularization { get; init; } = 0.1f;

    /// <summary>λ of the biases, per rating.</summary>
    public float BiasRegularization { get; init; } = 0.05f;

    /// <summary>Standard deviation of the initial factors.</summary>
    public float Deviation { get; init; } = 0.1f;

    /// <summary>Seed of all random numbers.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Maximum number of threads; the model is the same for any number.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}
