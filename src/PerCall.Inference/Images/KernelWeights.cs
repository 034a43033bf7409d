using PerCall.Inference.Packages;

namespace PerCall.Inference.Images;

/// <summary>
/// The source positions and weights of output positions along one axis, for a kernel of Pillow. The weights are fixed-point numbers that
/// add up to about 1. Where a picture shrinks, the kernel is as wide as the reduction, and the weights outside of the picture are dropped.
/// Without anti-aliasing the kernel keeps its width, and the picture's edge is repeated.
/// </summary>
internal readonly struct KernelWeights
{
    private readonly int[] _starts;
    private readonly int[] _counts;
    private readonly int[] _weights;
    private readonly int _taps;

    /// <param name="kernel">The kernel; not <see cref="Resampling.Area"/>.</param>
    /// <param name="antialias">Whether the kernel widens where the picture shrinks.</param>
    /// <param name="limit">The number of source pixels.</param>
    /// <param name="size">The number of pixels after resizing.</param>
    /// <param name="first">The first of them that is needed.</param>
    /// <param name="count">How many are needed.</param>
    /// <param name="bits">The weights' binary digits behind the point.</param>
    public KernelWeights(Resampling kernel, bool antialias, int limit, int size, int first, int count, int bits)
    {
        var scale = (double)limit / size;
        var width = antialias && kernel != Resampling.Nearest ? Math.Max(scale, 1) : 1;
        var support = Support(kernel) * width;
        _taps = Math.Min(((int)Math.Ceiling(support) * 2) + 1, limit);
        (_starts, _counts, _weights) = (new int[count], new int[count], new int[count * _taps]);
        if (kernel == Resampling.Nearest)
        {
            Nearest(scale, limit, first, 1 << bits);
            return;
        }

        var values = new double[((int)Math.Ceiling(support) * 2) + 1];
        for (var i = 0; i < count; i++)
        {
            var centre = (first + i + 0.5) * scale;
            var from = (int)Math.Floor(centre - support + 0.5);
            var to = (int)Math.Floor(centre + support + 0.5);
            var start = Math.Max(from, 0);
            // Beyond the edges, Pillow drops the weights, and OpenCV repeats the pixels.
            (from, to) = antialias ? (start, Math.Min(to, limit)) : (from, to);
            _starts[i] = Math.Min(start, limit - 1);
            _counts[i] = Math.Min(to, limit) - _starts[i];
            var sum = 0.0;
            for (var k = from; k < to; k++)
            {
                sum += values[k - from] = Value(kernel, antialias, (k - centre + 0.5) / width);
            }

            var weights = _weights.AsSpan(i * _taps, _taps);
            for (var k = from; k < to; k++)
            {
                weights[Math.Clamp(k, 0, limit - 1) - _starts[i]] += (int)Math.Round(
                    values[k - from] / sum * (1 << bits), MidpointRounding.AwayFromZero);
            }
        }
    }

    public int Start(int i) => _starts[i];

    /// <summary>The first source position behind those of an output position.</summary>
    public int End(int i) => _starts[i] + _counts[i];

    public ReadOnlySpan<int> Weights(int i) => _weights.AsSpan(i * _taps, _counts[i]);

    /// <summary>Half of a kernel's width, in pixels of the smaller picture.</summary>
    private static int Support(Resampling kernel) => kernel switch
    {
        Resampling.Bilinear => 1,
        Resampling.Bicubic => 2,
        Resampling.Lanczos => 3,
        _ => 0,
    };

    private static double Value(Resampling kernel, bool antialias, double x)
    {
        x = Math.Abs(x);
        return kernel switch
        {
            Resampling.Bilinear => Math.Max(1 - x, 0),
            // Keys' constant: that of Pillow, and that of OpenCV.
            Resampling.Bicubic => Cubic(antialias ? -0.5 : -0.75, x),
            _ => x < 3 ? Sinc(x) * Sinc(x / 3) : 0,
        };
    }

    /// <summary>R. Keys, Cubic convolution interpolation for digital image processing, 1981, equation 4 with its constant free.</summary>
    private static double Cubic(double a, double x) => x switch
    {
        < 1 => (((((a + 2) * x) - (a + 3)) * x) * x) + 1,
        < 2 => ((((((x - 5) * x) + 8) * x) - 4) * a),
        _ => 0,
    };

    private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(x * Math.PI) / (x * Math.PI);

    private void Nearest(double scale, int limit, int first, int one)
    {
        // Pillow adds up the positions, whose rounding errors decide between two pixels at equal distance.
        var at = scale * 0.5;
        for (var i = -first; i < _starts.Length; i++, at += scale)
        {
            if (i >= 0)
            {
                (_starts[i], _counts[i], _weights[i * _taps]) = (Math.Min((int)at, limit - 1), 1, one);
            }
        }
    }
}
