namespace PerCall.Training;

/// <summary>Settings from the command line; null keeps a method's own default.</summary>
internal sealed record MethodSettings
{
    public int? Factors { get; init; }

    public int? Epochs { get; init; }

    public float? LearningRate { get; init; }

    public float? Regularization { get; init; }

    public float? Confidence { get; init; }

    public int? Neighbors { get; init; }

    public float? Shrinkage { get; init; }

    public int Seed { get; init; } = 1;

    public int Threads { get; init; } = Environment.ProcessorCount;
}
