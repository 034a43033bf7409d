using System.Buffers;
using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;

namespace PerCall.Inference.Images;

/// <summary>Converts pictures to a model's tensor.</summary>
internal sealed class ImageInputPlan : InputPlan
{
    // Pictures of the target size, so that no time goes into resampling.
    private static readonly PlacedImage Placeless = new(new(0, 0, 1, 1, 0, 0, 1, 1), 1, 1);

    public ImageInputPlan(ModelManifest manifest)
    {
        Pixels = new(manifest.Image!, manifest.Inputs[0]);
        Batch = ImageShape.From(manifest.Inputs[0].Shape, Pixels.Layout).Batch is > 0 and var batch ? batch : null;
    }

    public PixelRules Pixels { get; }

    /// <summary>A decoded picture takes much memory, and convolutions gain little from a batch.</summary>
    public override int MaxRows => 1;

    public override int AtOnce => 1;

    public override string Longest => $"a picture of {Pixels.Width} × {Pixels.Height} pixels";

    public override EncodedInput Encode(ModelInput input) => input is Picture picture
        ? Pixels.Type switch
        {
            TensorType.Float32 => Encode<float, Float32Element>(picture),
            TensorType.Float16 => Encode<Float16, Float16Element>(picture),
            TensorType.Int32 => Encode<int, Int32Element>(picture),
            TensorType.Int64 => Encode<long, Int64Element>(picture),
            TensorType.UInt8 => Encode<byte, UInt8Element>(picture),
            var type => throw new InvalidOperationException($"Image tensors of type {type} are not supported."),
        }
        : throw new InvalidInputException("wrong_input", "The model takes pictures; expected a picture.", "input");

    public override OrtValue[] Tensors(IReadOnlyList<EncodedInput> rows) => [((EncodedImage)rows[0]).Tensor(rows)];

    public override EncodedInput Sample(int? length, int seed) => Pixels.Type switch
    {
        TensorType.Float16 => Gray<Float16, Float16Element>(seed),
        TensorType.Int32 => Gray<int, Int32Element>(seed),
        TensorType.Int64 => Gray<long, Int64Element>(seed),
        TensorType.UInt8 => Gray<byte, UInt8Element>(seed),
        _ => Gray<float, Float32Element>(seed),
    };

    private EncodedImage<T> Encode<T, TElement>(Picture picture)
        where T : unmanaged
        where TElement : struct, ITensorElement<T>
    {
        var tensor = Rent<T>();
        try
        {
            var placed = ImagePreprocessor.Write<T, TElement>(
                picture.Bytes.Span, Pixels, picture.MaxPixels, tensor.AsSpan(0, Pixels.Length), picture.DecodeInFull);
            return new(Pixels, placed, tensor);
        }
        catch
        {
            ArrayPool<T>.Shared.Return(tensor);
            throw;
        }
    }

    private EncodedImage<T> Gray<T, TElement>(int seed)
        where T : unmanaged
        where TElement : struct, ITensorElement<T>
    {
        var tensor = Rent<T>();
        var value = (seed % 2 == 0 ? 0 : 127 * Pixels.Multiply[0]) + Pixels.Add[0];
        tensor.AsSpan(0, Pixels.Length).Fill(TElement.From(value));
        return new(Pixels, Placeless, tensor);
    }

    /// <summary>Rents memory for a run with one picture. A batch of fixed size is filled up with zeros: rented memory has old data.</summary>
    private T[] Rent<T>()
    {
        var tensor = ArrayPool<T>.Shared.Rent(Pixels.Length * Pixels.Batch);
        tensor.AsSpan(Pixels.Length..(Pixels.Length * Pixels.Batch)).Clear();
        return tensor;
    }
}

/// <summary>The image part of a loaded model.</summary>
internal static class ImageModels
{
    extension(Registry.LoadedModel model)
    {
        /// <summary>The conversion of pixels to the model's tensor; null when the model does not take pictures.</summary>
        public PixelRules? Pixels => (model.Pipeline?.Input as ImageInputPlan)?.Pixels;
    }
}
