namespace PerCall.Inference.Pipelines;

/// <summary>How inputs of different calls run together.</summary>
/// <param name="Rows">Maximum number of inputs of different calls in one run; 1: each call runs by itself.</param>
/// <param name="EqualLengths">
/// Whether only inputs of equal length may run together, because the graph does not mask its padding.
/// </param>
internal sealed record Batching(int Rows, bool EqualLengths)
{
    public static Batching Off { get; } = new(1, EqualLengths: false);

    public bool IsOn => Rows > 1;

    /// <summary>Whether an input may join a run whose first input has the length <paramref name="first"/>.</summary>
    public bool Joins(int first, int length) => EqualLengths
        ? length == first
        // Padding is wasted work: at most a quarter of the longer input.
        : Math.Abs(length - first) * 4 <= Math.Max(length, first);
}
