using PerCall.Inference.Packages;

namespace PerCall.Inference.Images;

/// <summary>
/// Writes pixels to the caller's tensor: blends transparent pixels with the background, applies the model's channel order and layout, and
/// normalises.
/// </summary>
internal readonly ref struct TensorWriter<T, TElement> : IRowSink
    where T : unmanaged
    where TElement : struct, ITensorElement<T>
{
    private readonly Span<T> _tensor;
    private readonly PixelRules _rules;
    private readonly ImagePlan _plan;

    public TensorWriter(Span<T> tensor, PixelRules rules, ImagePlan plan)
    {
        _tensor = tensor;
        (_rules, _plan) = (rules, plan);
        if (plan.Width != rules.Width || plan.Height != rules.Height)
        {
            Pad();
        }
    }

    public void Row(int y, ReadOnlySpan<float> rgba) => Write(((_plan.Y + y) * _rules.Width) + _plan.X, rgba);

    private void Pad()
    {
        var row = new float[_rules.Width * 4];
        for (var x = 0; x < _rules.Width; x++)
        {
            (row[x * 4], row[(x * 4) + 1], row[(x * 4) + 2], row[(x * 4) + 3]) = (_rules.Pad.R, _rules.Pad.G, _rules.Pad.B, 255);
        }

        for (var y = 0; y < _rules.Height; y++)
        {
            Write(y * _rules.Width, row);
        }
    }

    /// <summary>Writes adjacent pixels, starting at <paramref name="position"/>.</summary>
    private void Write(int position, ReadOnlySpan<float> rgba)
    {
        if (_rules.Channels == 1)
        {
            WriteGray(_tensor.Slice(position, rgba.Length / 4), rgba);
            return;
        }

        var (first, third) = _rules.Color == ColorOrder.Bgr ? (2, 0) : (0, 2);
        if (_rules.Layout == TensorLayout.Nchw)
        {
            var plane = _rules.Width * _rules.Height;
            WriteChannel(_tensor[position..], 1, rgba, first, 0);
            WriteChannel(_tensor[(plane + position)..], 1, rgba, 1, 1);
            WriteChannel(_tensor[((2 * plane) + position)..], 1, rgba, third, 2);
        }
        else
        {
            WriteChannel(_tensor[(position * 3)..], 3, rgba, first, 0);
            WriteChannel(_tensor[((position * 3) + 1)..], 3, rgba, 1, 1);
            WriteChannel(_tensor[((position * 3) + 2)..], 3, rgba, third, 2);
        }
    }

    /// <param name="target">The destination, starting at the first pixel's value.</param>
    /// <param name="step">The distance between the values of adjacent pixels.</param>
    /// <param name="rgba">The pixels.</param>
    /// <param name="source">The channel of the pixels.</param>
    /// <param name="channel">The channel of the tensor.</param>
    private void WriteChannel(Span<T> target, int step, ReadOnlySpan<float> rgba, int source, int channel)
    {
        var (multiply, add) = (_rules.Multiply[channel], _rules.Add[channel]);
        float background = source switch { 0 => _rules.Background.R, 1 => _rules.Background.G, _ => _rules.Background.B };
        for (int i = source, alpha = 3, t = 0; alpha < rgba.Length; i += 4, alpha += 4, t += step)
        {
            var p = rgba[i] + (background * (1 - (rgba[alpha] / 255)));
            target[t] = TElement.From((p * multiply) + add);
        }
    }

    private void WriteGray(Span<T> target, ReadOnlySpan<float> rgba)
    {
        var (multiply, add, background) = (
            _rules.Multiply[0], _rules.Add[0], Luma(_rules.Background.R, _rules.Background.G, _rules.Background.B));
        for (var t = 0; t < target.Length; t++)
        {
            var pixel = rgba.Slice(t * 4, 4);
            var p = Luma(pixel[0], pixel[1], pixel[2]) + (background * (1 - (pixel[3] / 255)));
            target[t] = TElement.From((p * multiply) + add);
        }
    }

    /// <summary>ITU-R BT.601, section 2.5.1.</summary>
    private static float Luma(float r, float g, float b) => (0.299f * r) + (0.587f * g) + (0.114f * b);
}
