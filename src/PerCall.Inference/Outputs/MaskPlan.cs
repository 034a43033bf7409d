using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Images;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;

namespace PerCall.Inference.Outputs;

/// <summary>The label of each pixel of a picture.</summary>
/// <param name="Classes">The index of each pixel's label, row by row; <see cref="Unseen"/> where the model did not see the pixel.</param>
/// <param name="Width">The width of the upright picture in pixels.</param>
/// <param name="Height">Its height.</param>
/// <param name="Labels">All labels of the model.</param>
public sealed record MaskOutput(byte[] Classes, int Width, int Height, IReadOnlyList<string> Labels) : ModelOutput
{
    /// <summary>The index for pixels that were cropped away before the model.</summary>
    public const byte Unseen = byte.MaxValue;

    /// <summary>Returns the mask as a grey PNG of 8 bits, whose values are the indexes.</summary>
    public byte[] ToPng() => GrayPng.Encode(Classes, Width, Height);

    /// <summary>Returns the mask of one label as a grey PNG of 8 bits: 255 for its pixels, 0 for all others.</summary>
    /// <param name="label">The index of the label.</param>
    public byte[] ToPng(int label) =>
        GrayPng.Encode(Array.ConvertAll(Classes, c => c == label ? byte.MaxValue : (byte)0), Width, Height);
}

/// <summary>
/// Reads the best label of each pixel, and enlarges the result to the source picture. Each pixel takes the label of the place that it has in
/// the model's output.
/// </summary>
internal sealed class MaskPlan(ModelManifest manifest, IReadOnlyList<string> labels) : OutputPlan
{
    private readonly string _model = manifest.ToString();
    private readonly string _tensor = manifest.Output!.Tensor;

    public override object[] Take(IReadOnlyList<OrtValue> outputs, IReadOnlyList<EncodedInput> rows)
    {
        var shape = TensorReader.ShapeOf(outputs[0], _tensor);
        var indexes = shape.Length == 3 || (shape.Length == 4 && shape[1] == 1 && labels.Count > 1);
        if (shape[0] < rows.Count || !(indexes || (shape.Length == 4 && shape[1] == labels.Count)))
        {
            throw new OutputShapeException(
                "output.tensor",
                $"names '{_tensor}', which has the shape [{string.Join(", ", shape)}] for {rows.Count} input(s); expected a value for each "
                    + $"of the {labels.Count} labels and each pixel, [{rows.Count}, {labels.Count}, height, width], or the index of the "
                    + $"label of each pixel, [{rows.Count}, height, width].");
        }

        var (height, width) = ((int)shape[^2], (int)shape[^1]);
        return [.. FloatRows.Of(outputs[0], rows.Count, (indexes ? 1 : labels.Count) * height * width)
            .Select(values => new PixelScores((float[])values, width, height, indexes))];
    }

    public override ModelOutput Read(object taken, EncodedInput input, CallOptions options)
    {
        var (scores, picture) = ((PixelScores)taken, (EncodedImage)input);
        FloatRows.RequireFinite(scores.Values, _model, _tensor);
        var classes = scores.Classes(labels.Count) ?? throw new ModelFailedException(
            _model, $"the output '{_tensor}' has an index that is not among the {labels.Count} labels.");
        var mask = new byte[picture.SourceWidth * picture.SourceHeight];
        var columns = new int[picture.SourceWidth];
        for (var x = 0; x < columns.Length; x++)
        {
            columns[x] = PlaceOf(picture.ToTarget(x + 0.5f, 0).X, picture.TargetWidth, scores.Width);
        }

        for (var y = 0; y < picture.SourceHeight; y++)
        {
            var row = PlaceOf(picture.ToTarget(0, y + 0.5f).Y, picture.TargetHeight, scores.Height);
            var line = mask.AsSpan(y * columns.Length, columns.Length);
            for (var x = 0; x < columns.Length; x++)
            {
                line[x] = row < 0 || columns[x] < 0 ? MaskOutput.Unseen : classes[(row * scores.Width) + columns[x]];
            }
        }

        return new MaskOutput(mask, picture.SourceWidth, picture.SourceHeight, labels);
    }

    public override bool AreSame(object one, object other) =>
        FloatRows.AreSame(((PixelScores)one).Values, ((PixelScores)other).Values);

    /// <summary>Returns the place in the output of a coordinate of the model's input; -1 if it is outside.</summary>
    private static int PlaceOf(float coordinate, int input, int output) =>
        coordinate < 0 || coordinate >= input ? -1 : Math.Min((int)(coordinate * output / input), output - 1);
}

/// <summary>The values of each pixel of one picture.</summary>
/// <param name="Values">A plane for each label; or one plane with the labels' indexes.</param>
/// <param name="Width">Pixels of a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="AreIndexes">Whether the values are indexes.</param>
internal sealed record PixelScores(float[] Values, int Width, int Height, bool AreIndexes)
{
    /// <summary>Returns the index of each pixel's best label; null if an index is not below <paramref name="labels"/>.</summary>
    public byte[]? Classes(int labels)
    {
        var classes = new byte[Width * Height];
        for (var i = 0; i < classes.Length; i++)
        {
            var best = AreIndexes ? (int)Values[i] : 0;
            for (var label = 1; label < labels && !AreIndexes; label++)
            {
                best = Values[(label * classes.Length) + i] > Values[(best * classes.Length) + i] ? label : best;
            }

            if (best < 0 || best >= labels)
            {
                return null;
            }

            classes[i] = (byte)best;
        }

        return classes;
    }
}
