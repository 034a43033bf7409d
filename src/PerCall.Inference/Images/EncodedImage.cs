using System.Buffers;
using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Pipelines;

namespace PerCall.Inference.Images;

/// <summary>A picture as tensor values in rented memory, and how its pixels came there.</summary>
internal abstract record EncodedImage(PixelRules Rules, PlacedImage Placed) : EncodedInput
{
    /// <summary>The width of the upright source picture in pixels.</summary>
    public int SourceWidth => Placed.Width;

    /// <summary>The height of the upright source picture in pixels.</summary>
    public int SourceHeight => Placed.Height;

    /// <summary>The width of the model's input in pixels.</summary>
    public int TargetWidth => Rules.Width;

    /// <summary>The height of the model's input in pixels.</summary>
    public int TargetHeight => Rules.Height;

    /// <summary>Maps a point of the model's input to the source picture, and moves it to the picture's edge if it is outside.</summary>
    public (float X, float Y) ToSource(float x, float y)
    {
        var plan = Placed.Plan;
        return (
            (float)Math.Clamp(plan.SourceX + ((x - plan.X) * plan.SourceWidth / plan.Width), 0, SourceWidth),
            (float)Math.Clamp(plan.SourceY + ((y - plan.Y) * plan.SourceHeight / plan.Height), 0, SourceHeight));
    }

    /// <summary>Maps a point of the source picture to the model's input. It is outside of the input if it was cropped away.</summary>
    public (float X, float Y) ToTarget(float x, float y)
    {
        var plan = Placed.Plan;
        return (
            (float)(plan.X + ((x - plan.SourceX) * plan.Width / plan.SourceWidth)),
            (float)(plan.Y + ((y - plan.SourceY) * plan.Height / plan.SourceHeight)));
    }

    /// <summary>Creates the tensor of one run from this picture and others of the same model.</summary>
    public abstract OrtValue Tensor(IReadOnlyList<EncodedInput> all);
}

/// <summary>Where a source picture is in the model's input.</summary>
/// <param name="Plan">The mapping.</param>
/// <param name="Width">The width of the upright source picture in pixels.</param>
/// <param name="Height">Its height.</param>
internal readonly record struct PlacedImage(ImagePlan Plan, int Width, int Height);

/// <summary>A picture as tensor values of one type.</summary>
internal sealed record EncodedImage<T>(PixelRules Rules, PlacedImage Placed, T[] Values) : EncodedImage(Rules, Placed)
    where T : unmanaged
{
    private T[]? _rented = Values;

    public override OrtValue Tensor(IReadOnlyList<EncodedInput> all)
    {
        if (all.Count == 1)
        {
            return OrtValue.CreateTensorValueFromMemory(
                OrtMemoryInfo.DefaultInstance, _rented.AsMemory(0, Rules.Length * Rules.Batch), Rules.Shape);
        }

        var tensor = OrtValue.CreateAllocatedTensorValue(
            OrtAllocator.DefaultInstance, Tensors.ElementTypes.Of(Rules.Type), [Math.Max(all.Count, Rules.Batch), .. Rules.Shape[1..]]);
        var places = tensor.GetTensorMutableDataAsSpan<T>();
        // A batch of fixed size is filled up with zeros.
        places[(all.Count * Rules.Length)..].Clear();
        for (var i = 0; i < all.Count; i++)
        {
            ((EncodedImage<T>)all[i])._rented.AsSpan(0, Rules.Length).CopyTo(places[(i * Rules.Length)..]);
        }

        return tensor;
    }

    public override void Dispose()
    {
        if (Interlocked.Exchange(ref _rented, null) is { } rented)
        {
            ArrayPool<T>.Shared.Return(rented);
        }

        base.Dispose();
    }
}
