using PerCall.Inference.Packages;

namespace PerCall.Inference.Images;

/// <summary>A manifest's image rules, prepared once per model: (p × scale − mean) ÷ std is p × multiply + add.</summary>
internal sealed class PixelRules
{
    public PixelRules(ImageRules image, TensorDescription tensor)
    {
        (Layout, Type) = (tensor.Layout!.Value, tensor.Type);
        var shape = ImageShape.From(tensor.Shape, Layout);
        Width = shape.Width > 0 ? shape.Width : image.Width!.Value;
        Height = shape.Height > 0 ? shape.Height : image.Height!.Value;
        Batch = Math.Max(shape.Batch, 1);
        Color = image.Color;
        Channels = Color == ColorOrder.Gray ? 1 : 3;
        (Resize, ResizeTo) = (image.Resize, image.ResizeTo);
        (Resample, Antialias) = (image.Resample, image.Antialias);
        (Background, Pad) = (Rgb.Parse(image.Background), Rgb.Parse(image.Pad));
        Multiply = [.. Enumerable.Range(0, Channels).Select(c => image.Scale / Of(image.Std, c))];
        Add = [.. Enumerable.Range(0, Channels).Select(c => -Of(image.Mean, c) / Of(image.Std, c))];
    }

    public TensorLayout Layout { get; }

    public TensorType Type { get; }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Pictures per run: 1, or the model's fixed number.</summary>
    public int Batch { get; }

    public ColorOrder Color { get; }

    public int Channels { get; }

    public ResizeRule Resize { get; }

    public int? ResizeTo { get; }

    public Resampling Resample { get; }

    public bool Antialias { get; }

    public Rgb Background { get; }

    public Rgb Pad { get; }

    public float[] Multiply { get; }

    public float[] Add { get; }

    /// <summary>Number of elements of one picture.</summary>
    public int Length => Channels * Width * Height;

    public long[] Shape => Layout == TensorLayout.Nchw ? [Batch, Channels, Height, Width] : [Batch, Height, Width, Channels];

    private static float Of(IReadOnlyList<float> values, int channel) => values[values.Count == 1 ? 0 : channel];
}
