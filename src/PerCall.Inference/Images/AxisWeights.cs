namespace PerCall.Inference.Images;

/// <summary>
/// The source positions and weights of each output position along one axis. The weights of a position add up to 1. Shrinking averages the
/// area that an output pixel covers, with fractions at its edges; growing interpolates linearly between pixel centres.
/// </summary>
internal readonly struct AxisWeights
{
    private readonly int[] _starts;
    private readonly float[] _weights;

    /// <param name="from">The start of the source range, in source pixels.</param>
    /// <param name="length">The length of the source range.</param>
    /// <param name="limit">The number of source pixels.</param>
    /// <param name="count">The number of output pixels.</param>
    public AxisWeights(double from, double length, int limit, int count)
    {
        var step = length / count;
        Taps = step > 1 ? (int)Math.Ceiling(step) + 1 : 2;
        Taps = Math.Min(Taps, limit);
        _starts = new int[count];
        _weights = new float[count * Taps];
        for (var i = 0; i < count; i++)
        {
            var weights = _weights.AsSpan(i * Taps, Taps);
            _starts[i] = step > 1 ? Average(
                from + (i * step), step, limit, weights) : Interpolate(from + ((i + 0.5) * step) - 0.5, limit, weights);
        }
    }

    /// <summary>Number of weights per output position; unused ones are 0.</summary>
    public int Taps { get; }

    public int Start(int i) => _starts[i];

    public ReadOnlySpan<float> Weights(int i) => _weights.AsSpan(i * Taps, Taps);

    private static int Average(double from, double step, int limit, Span<float> weights)
    {
        var to = Math.Min(from + step, limit);
        var start = Math.Clamp((int)Math.Floor(from), 0, limit - weights.Length);
        var covered = to - from;
        for (var k = 0; k < weights.Length; k++)
        {
            var overlap = Math.Min(to, start + k + 1) - Math.Max(from, start + k);
            weights[k] = (float)(Math.Max(overlap, 0) / covered);
        }

        return start;
    }

    private static int Interpolate(double centre, int limit, Span<float> weights)
    {
        centre = Math.Clamp(centre, 0, limit - 1);
        var start = Math.Clamp((int)Math.Floor(centre), 0, limit - weights.Length);
        var fraction = (float)(centre - start);
        weights[0] = weights.Length == 1 ? 1 : 1 - fraction;
        if (weights.Length > 1)
        {
            weights[1] = fraction;
        }

        return start;
    }
}
