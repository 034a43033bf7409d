using PerCall.Inference.Images;
using PerCall.Inference.Tasks;

namespace PerCall.Inference.Packages;

/// <summary>Validates the image section of a manifest, and compares it with its tensor.</summary>
internal static class ImageManifestValidator
{
    public const int MaxSide = 4096;

    public static ManifestSection Section { get; } = new("image", m => m.Image, Check);

    public static IEnumerable<PackageFault> Check(ModelManifest m)
    {
        if (!ModelTasks.Of(m.Task).Has(Section) || m.Image is not { } image)
        {
            yield break;
        }

        if (m.Inputs.Count != 1)
        {
            yield return new("inputs", $"has {m.Inputs.Count} tensors; expected one for an image model.");
            yield break;
        }

        foreach (var fault in Tensor(m.Inputs[0], image).Concat(Rules(image)))
        {
            yield return fault;
        }
    }

    private static IEnumerable<PackageFault> Tensor(TensorDescription tensor, ImageRules image)
    {
        if (tensor.Shape.Count != 4)
        {
            yield return new("inputs[0].shape", $"has {tensor.Shape.Count} dimensions; expected 4 for an image tensor.");
            yield break;
        }

        if (tensor.Type is not (TensorType.Float32 or TensorType.Float16 or TensorType.UInt8 or TensorType.Int32 or TensorType.Int64))
        {
            yield return new(
                "inputs[0].type",
                $"is {ManifestNames.Of(tensor.Type)}, which cannot contain pixels; allowed: float32, float16, uint8, int32, int64.");
        }

        if (tensor.Layout is not { } layout)
        {
            yield return new("inputs[0].layout", "is missing; allowed: NCHW, NHWC.");
            yield break;
        }

        var shape = ImageShape.From(tensor.Shape, layout);
        var channels = image.Color == ColorOrder.Gray ? 1 : 3;
        if (shape.Channels != channels && shape.Channels != -1)
        {
            yield return new(
                "image.color",
                $"is {image.Color.ToString().ToLowerInvariant()}, {channels} channel(s), but inputs[0] has {shape.Channels} in "
                    + $"{layout.ToString().ToUpperInvariant()}.");
        }

        foreach (var (name, own, given) in new[] { ("width", shape.Width, image.Width), ("height", shape.Height, image.Height) })
        {
            if (own == -1 && given is null)
            {
                yield return new($"image.{name}", $"is missing; it is required because inputs[0] leaves the {name} free.");
            }
            else if (own != -1 && given is not null && given != own)
            {
                yield return new($"image.{name}", $"is {given}, but inputs[0] fixes it at {own}.");
            }

            if ((given ?? own) is < 1 and not -1 or > MaxSide)
            {
                yield return new($"image.{name}", $"is {given ?? own}; allowed: 1 to {MaxSide} pixels.");
            }
        }

        if (image.ResizeTo is { } to && to < Math.Max(
            image.Width ?? shape.Width, image.Height ?? shape.Height))
        {
            yield return new("image.resize_to", $"is {to}, which is less than a side of the crop.");
        }
    }

    private static IEnumerable<PackageFault> Rules(ImageRules image)
    {
        var channels = image.Color == ColorOrder.Gray ? 1 : 3;
        foreach (var (name, values) in new[] { ("mean", image.Mean), ("std", image.Std) })
        {
            if (values.Count != 1 && values.Count != channels)
            {
                yield return new($"image.{name}", $"has {values.Count} values; expected 1 or {channels}.");
            }

            if (values.Any(v => !float.IsFinite(v)) || (name == "std" && values.Any(v => v == 0)))
            {
                yield return new($"image.{name}", "has a value that is not finite, or a standard deviation of 0.");
            }
        }

        if (!float.IsFinite(image.Scale) || image.Scale == 0)
        {
            yield return new("image.scale", $"is {image.Scale}; expected a finite number other than 0.");
        }

        foreach (var (name, color) in new[] { ("background", image.Background), ("pad", image.Pad) })
        {
            if (!Rgb.TryParse(color, out _))
            {
                yield return new($"image.{name}", $"is '{color}'; expected #rrggbb.");
            }
        }

        if ((image.Resize == ResizeRule.ShortestSide && image.ResizeTo is null) || image.ResizeTo is < 1 or > MaxSide)
        {
            yield return new(
                "image.resize_to",
                $"is {image.ResizeTo?.ToString() ?? "missing"}; allowed: 1 to {MaxSide} pixels, required for shortest_side.");
        }

        if (image.Resize is not (ResizeRule.ShortestSide or ResizeRule.Stretch) && image.ResizeTo is not null)
        {
            yield return new("image.resize_to", "is allowed only with shortest_side and stretch.");
        }

        if (!image.Antialias && image.Resample is not (Resampling.Bilinear or Resampling.Bicubic))
        {
            yield return new("image.antialias", "is false, which is allowed only with resample bilinear and bicubic.");
        }
    }
}
