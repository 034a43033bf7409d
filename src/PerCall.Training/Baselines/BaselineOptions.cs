namespace PerCall.Training.Baselines;

/// <summary>Settings of the baseline.</summary>
internal sealed record BaselineOptions
{
    /// <summary>Shrinkage of item biases, as a number of additional ratings equal to the mean; 0 or more.</summary>
    public float ItemShrinkage { get; init; } = 5;

    /// <summary>Shrinkage of user biases, as a number of additional ratings equal to the mean; 0 or more.</summary>
    public float UserShrinkage { get; init; } = 5;

    /// <summary>Number of alternating estimates of items and users; 1 or more.</summary>
    public int Epochs { get; init; } = 10;
}
