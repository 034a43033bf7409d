using PerCall.Inference.Packages;

namespace PerCall.Inference.Images;

/// <summary>Writes pixels into the caller's tensor: transparency laid over the background, channels in the model's order and layout, normalised.</summary>
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

    public void Row(int y, ReadOnlySpan<float> rgba)
    {
        var position = ((_plan.Y + y) * _rules.Width) + _plan.X;
        var (background, channels) = (_rules.Background, _rules.Channels);
        for (var x = 0; x < _plan.Width; x++, position++)
        {
            var pixel = rgba.Slice(x * 4, 4);
            var rest = 1 - (pixel[3] / 255);
            Store(position, pixel[0] + (background.R * rest), pixel[1] + (background.G * rest), pixel[2] + (background.B * rest), channels);
        }
    }

    private void Pad()
    {
        for (var position = 0; position < _rules.Width * _rules.Height; position++)
        {
            Store(position, _rules.Pad.R, _rules.Pad.G, _rules.Pad.B, _rules.Channels);
        }
    }

    private void Store(int position, float r, float g, float b, int channels)
    {
        if (channels == 1)
        {
            _tensor[position] = Value(0, (0.299f * r) + (0.587f * g) + (0.114f * b));
            return;
        }

        var (first, third) = _rules.Color == ColorOrder.Bgr ? (b, r) : (r, b);
        var (offset, step) = _rules.Layout == TensorLayout.Nchw ? (position, _rules.Width * _rules.Height) : (position * 3, 1);
        _tensor[offset] = Value(0, first);
        _tensor[offset + step] = Value(1, g);
        _tensor[offset + (2 * step)] = Value(2, third);
    }

    private T Value(int channel, float p) => TElement.From((p * _rules.Multiply[channel]) + _rules.Add[channel]);
}
