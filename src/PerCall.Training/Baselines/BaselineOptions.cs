namespace PerCall.Training.Baselines;

/// <summary>Settings of the baseline.</summary>
internal sealed record BaselineOptions
{
    /// <summary>Ratings of the mean that every item is thought to have besides its own; 0 or more.</summary>
    public float ItemShrinkage { get; init; } = 5;

    /// <summary>The same for users.</summary>
    public float UserShrinkage { get; init; } = 5;

    /// <summary>Turns of estimating items and users; 1 or more.</summary>
    public int Epochs { get; init; } = 10;
}
