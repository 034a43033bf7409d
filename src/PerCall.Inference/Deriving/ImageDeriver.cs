using System.Globalization;
using System.Text.Json.Nodes;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Deriving;

/// <summary>Derives how pixels become the tensor of a graph.</summary>
internal sealed class ImageDeriver(Draft draft, GraphFacts graph)
{
    private const string Processor = "preprocessor_config.json";
    private const int UsualSide = 224;

    /// <summary>Share of the shortest side that the centre crop of torchvision's evaluation keeps: 224 of 256.</summary>
    private const double UsualCrop = 0.875;

    private static readonly double[] ImageNetMean = [0.485, 0.456, 0.406];
    private static readonly double[] ImageNetStd = [0.229, 0.224, 0.225];

    /// <summary>Interpolations by their number in Pillow.</summary>
    private static readonly string?[] Pillow = ["nearest", "lanczos", "bilinear", "bicubic", "area", null];

    /// <summary>Processors that read a single number as the length of both sides. Others read it as that of the shortest side.</summary>
    private static readonly string[] Squeezing = ["ViT", "Deit", "DeiT", "Beit", "Segformer", "Swin"];

    private readonly GraphTensor _tensor = graph.Inputs[0];

    private int _channels;

    /// <summary>The sides of the tensor; not positive while they are not known.</summary>
    private int _height, _width;

    /// <summary>Whether a graph reads one picture: one tensor of 4 dimensions, of which one is 1 or 3 channels.</summary>
    public static bool Fits(GraphFacts graph) =>
        graph.Inputs is
            [{ Type: TensorType.Float32 or TensorType.Float16 or TensorType.UInt8 or TensorType.Int32 or TensorType.Int64 } input]
        && (input.Shape is null ? input.Name == "pixel_values" : input.Rank == 4 && LayoutOf(input.Shape) is not null);

    /// <summary>Writes the input and the section <c>image</c>.</summary>
    /// <returns>The shape of the tensor for one picture.</returns>
    public int[] Derive()
    {
        int[] shape = _tensor.Shape is { } declared ? [.. declared] : [-1, 3, -1, -1];
        var layout = LayoutOf(shape)!.Value;
        var channelAt = layout == TensorLayout.Nchw ? 1 : 3;
        _channels = shape[channelAt] == 1 ? 1 : 3;
        shape[channelAt] = _channels;
        draft.Put("inputs", new JsonArray(new JsonObject
        {
            ["name"] = _tensor.Name,
            ["type"] = ManifestNames.Of(_tensor.Type!.Value),
            ["shape"] = Manifests.Shape(shape),
            ["layout"] = layout == TensorLayout.Nchw ? "NCHW" : "NHWC",
        }));
        var (heightAt, widthAt) = layout == TensorLayout.Nchw ? (2, 3) : (1, 2);
        (_height, _width) = (shape[heightAt], shape[widthAt]);
        Pixels();
        (shape[heightAt], shape[widthAt]) = (_height, _width);
        shape[0] = Math.Max(shape[0], 1);
        return shape;
    }

    /// <summary>Returns the order of the dimensions; null if none of them can be the channels.</summary>
    private static TensorLayout? LayoutOf(int[] shape) =>
        shape[1] is 1 or 3 ? TensorLayout.Nchw
        : shape[3] is 1 or 3 ? TensorLayout.Nhwc
        : shape[1] == -1 && shape[3] is -1 or > 3 ? TensorLayout.Nchw
        : null;

    /// <summary>Derives the sides and the section from the first source that is present.</summary>
    private void Pixels()
    {
        var metadata = graph.Onnx.Metadata;
        if (draft.Folder.Json(Processor) is { } processor)
        {
            OfProcessor(processor);
        }
        else if (draft.Folder.Config?["pretrained_cfg"] is JsonObject timm)
        {
            OfTimm(timm);
        }
        else if (metadata.ContainsKey("names") && metadata.ContainsKey("stride"))
        {
            OfUltralytics(metadata);
        }
        else if (metadata.TryGetValue("Image.BitmapPixelFormat", out var format))
        {
            OfWindows(metadata, format);
        }
        else
        {
            OfOwner();
        }
    }

    /// <summary>Image processors of Transformers (https://huggingface.co/docs/transformers/main_classes/image_processor).</summary>
    private void OfProcessor(JsonObject config)
    {
        var kind = (string?)config["image_processor_type"] ?? (string?)config["feature_extractor_type"] ?? "";
        var crop = Flag(config, "do_center_crop", config["crop_size"] is not null) ? Side(config["crop_size"]) : null;
        Resize(config, kind, crop);
        if (config["resample"] is JsonValue number && number.TryGetValue<int>(out var index) && index is >= 0 and < 6)
        {
            Kernel(Pillow[index], $"{Processor}: resample {index}");
        }
        else
        {
            draft.Assume("image.resample", "bilinear", "usual for image processors of Transformers");
        }

        draft.Set(
            "image.color",
            _channels == 1 ? "gray" : Flag(config, "do_flip_channel_order", false) ? "bgr" : "rgb",
            _channels == 1 ? "the graph: one channel"
            : config["do_flip_channel_order"] is null ? "usual for image processors of Transformers"
            : $"{Processor}: do_flip_channel_order");
        var scale = Flag(config, "do_rescale", true) ? Number(config["rescale_factor"]) ?? 1 / 255.0 : 1;
        draft.Set("image.scale", scale, $"{Processor}: rescale_factor");
        var offset = Flag(config, "rescale_offset", false) ? 1 : 0;
        if (Flag(config, "do_normalize", config["image_mean"] is not null) && Numbers(config["image_mean"]) is { } mean
            && Numbers(config["image_std"]) is { } std)
        {
            draft.Set("image.mean", Manifests.Numbers(mean.Select(m => m + offset)), $"{Processor}: image_mean");
            draft.Set("image.std", Manifests.Numbers(std), $"{Processor}: image_std");
        }
        else if (offset > 0)
        {
            draft.Set("image.mean", Manifests.Numbers([offset]), $"{Processor}: rescale_offset");
        }
    }

    private void Resize(JsonObject config, string kind, (int Height, int Width)? crop)
    {
        const string Source = Processor + ": size, crop_size";
        var size = config["size"];
        var shortest = (int?)Number((size as JsonObject)?["shortest_edge"]);
        var exact = size is JsonObject sides && sides["height"] is not null ? Side(sides) : null;
        if (size is JsonValue && Number(size) is { } plain)
        {
            // Older files have one number.
            if (Squeezing.Any(k => kind.StartsWith(k, StringComparison.Ordinal)))
            {
                exact = ((int)plain, (int)plain);
            }
            else
            {
                shortest = (int)plain;
            }
        }

        if (shortest is { } side && kind.StartsWith("ConvNext", StringComparison.Ordinal))
        {
            // Below 384 pixels, it enlarges by the share of the crop; from there on, it squeezes.
            const int SqueezedFrom = 384;
            var enlarges = side < SqueezedFrom;
            shortest = enlarges ? (int)(side / (Number(config["crop_pct"]) ?? UsualCrop)) : null;
            exact = enlarges ? null : (side, side);
            crop = enlarges ? (side, side) : null;
        }
        else if (shortest is { } edge && kind.StartsWith("Levit", StringComparison.Ordinal))
        {
            shortest = (int)(edge * 256 / 224.0);
        }

        Size(crop ?? exact, shortest ?? UsualSide, Source);
        if (!Flag(config, "do_resize", true))
        {
            draft.Assume("image.resize", "cover", $"{Processor} has do_resize false, but callers send pictures of any size");
        }
        else if (shortest is { } to && to >= Math.Max(_height, _width))
        {
            draft.Set("image.resize", "shortest_side", Source);
            draft.Set("image.resize_to", to, Source);
        }
        else
        {
            draft.Set("image.resize", "stretch", Source);
            if (exact is var (high, wide) && high == wide && high > Math.Max(_height, _width))
            {
                draft.Set("image.resize_to", high, Source);
            }
        }
    }

    /// <summary>Evaluation of timm: the shortest side is the input's divided by the share of the crop.</summary>
    private void OfTimm(JsonObject config)
    {
        const string Source = "config.json: pretrained_cfg";
        var input = Numbers(config["input_size"]);
        Size(input is [_, var high, var wide] ? ((int)high, (int)wide) : null, UsualSide, Source);
        var crop = Number(config["crop_pct"]) ?? UsualCrop;
        draft.Set("image.resize", "shortest_side", Source);
        draft.Set("image.resize_to", (int)Math.Floor(Math.Max(_height, _width) / crop), Source);
        Kernel((string?)config["interpolation"] is { } name && Pillow.Contains(name) ? name : "bicubic", $"{Source}.interpolation");
        draft.Set("image.color", "rgb", "timm");
        draft.Set("image.scale", 1 / 255.0, "timm");
        draft.Set("image.mean", Manifests.Numbers(Numbers(config["mean"]) ?? ImageNetMean), $"{Source}.mean");
        draft.Set("image.std", Manifests.Numbers(Numbers(config["std"]) ?? ImageNetStd), $"{Source}.std");
    }

    private void OfUltralytics(IReadOnlyDictionary<string, string> metadata)
    {
        const string Source = "the graph's metadata: task, imgsz";
        var sides = (metadata.GetValueOrDefault("imgsz") ?? "").Split(['[', ']', ',', ' '], StringSplitOptions.RemoveEmptyEntries)
            .Select(s => int.TryParse(s, CultureInfo.InvariantCulture, out var n) ? n : 0).ToArray();
        Size(sides is [> 0 and var high, > 0 and var wide] ? (high, wide) : null, 640, Source);
        if (metadata.GetValueOrDefault("task") == "classify")
        {
            draft.Set("image.resize", "shortest_side", Source);
            draft.Set("image.resize_to", Math.Max(_height, _width), Source);
            draft.Set("image.resample", "bilinear", "Ultralytics: classification reads pictures with torchvision");
        }
        else
        {
            draft.Set("image.resize", "contain", Source);
            draft.Set("image.pad", "#727272", "Ultralytics: letterbox");
            draft.Set("image.resample", "bilinear", "Ultralytics: letterbox with OpenCV");
            draft.Set("image.antialias", false, "Ultralytics: letterbox with OpenCV");
        }

        draft.Set("image.color", "rgb", "Ultralytics");
        draft.Set("image.scale", 1 / 255.0, "Ultralytics");
    }

    /// <summary>Metadata of Windows ML (https://github.com/onnx/onnx/blob/main/docs/MetadataProps.md).</summary>
    private void OfWindows(IReadOnlyDictionary<string, string> metadata, string format)
    {
        const string Source = "the graph's metadata: Image.";
        Size(null, UsualSide, "");
        draft.Assume("image.resize", "cover", "Windows ML crops the centre");
        draft.Assume("image.resample", "bilinear", "usual");
        draft.Set(
            "image.color",
            _channels == 1 ? "gray" : format.StartsWith("Rgb", StringComparison.OrdinalIgnoreCase) ? "rgb" : "bgr",
            Source + "BitmapPixelFormat");
        var range = metadata.GetValueOrDefault("Image.NominalPixelRange") ?? "";
        Range(
            range.StartsWith("Normalized_0_1", StringComparison.Ordinal) ? "0..1"
            : range.StartsWith("Normalized_1_1", StringComparison.Ordinal) ? "-1..1"
            : "0..255",
            Source + "NominalPixelRange");
    }

    /// <summary>Nothing says what the values mean, and every guess would answer something.</summary>
    private void OfOwner()
    {
        var config = draft.Folder.Config;
        var side = (int?)Number(config?["image_size"]);
        Size(side is { } s ? (s, s) : null, UsualSide, "config.json: image_size");
        if (_tensor.Type == TensorType.UInt8)
        {
            draft.Set("image.color", _channels == 1 ? "gray" : "rgb", "usual for bytes");
            Range("0..255", "the graph reads bytes");
            Scaling();
            return;
        }

        string[] ranges = ["0..255", "0..1", "-1..1"];
        string[] choices = _channels == 1
            ? ranges
            : ["rgb imagenet", .. ranges.Select(r => $"rgb {r}"), .. ranges.Select(r => $"bgr {r}"), "bgr imagenet"];
        var torch = graph.Onnx.Producer.Contains("torch", StringComparison.OrdinalIgnoreCase);
        var answer = draft.Ask(new(
            "pixels",
            $"Which values does the input '{_tensor.Name}' take? Colour order and range of values"
                + (_channels == 1 ? "." : "; imagenet: torchvision's mean and standard deviation."),
            choices,
            _channels == 1 ? "0..1"
            : torch ? "rgb imagenet"
            : graph.Onnx.Producer.Contains("caffe", StringComparison.OrdinalIgnoreCase) ? "bgr 0..255"
            : "rgb 0..1"));
        var (color, range) = _channels == 1 ? ("gray", answer) : (answer[..3], answer[4..]);
        draft.Set("image.color", color, "pixels");
        Range(range, "pixels", color == "bgr");
        if (range == "imagenet" && _height == _width)
        {
            draft.Assume("image.resize", "shortest_side", "usual for torchvision");
            draft.Assume("image.resize_to", (int)Math.Round(_height / UsualCrop), "usual for torchvision");
            draft.Assume("image.resample", "bilinear", "usual for torchvision");
        }
        else
        {
            Scaling();
        }
    }

    private void Scaling()
    {
        draft.Assume("image.resize", "stretch", "nothing says how pictures were resized");
        draft.Assume("image.resample", "bilinear", "nothing says how pictures were resized");
    }

    private void Range(string range, string source, bool isReversed = false)
    {
        if (range == "imagenet")
        {
            draft.Set("image.scale", 1 / 255.0, source);
            draft.Set("image.mean", Manifests.Numbers(isReversed ? ImageNetMean.Reverse() : ImageNetMean), source);
            draft.Set("image.std", Manifests.Numbers(isReversed ? ImageNetStd.Reverse() : ImageNetStd), source);
            return;
        }

        draft.Set("image.scale", range switch { "0..1" => 1 / 255.0, "-1..1" => 2 / 255.0, _ => 1 }, source);
        if (range == "-1..1")
        {
            draft.Set("image.mean", Manifests.Numbers([1]), source);
        }
    }

    /// <summary>Uses the sizes of the graph where it fixes them, and otherwise those of a file.</summary>
    private void Size((int Height, int Width)? said, int usual, string source)
    {
        foreach (var (name, own, given) in new[] { ("height", _height, said?.Height), ("width", _width, said?.Width) })
        {
            if (own > 0)
            {
                continue;
            }

            if (given is { } value)
            {
                draft.Set($"image.{name}", value, source);
            }
            else
            {
                draft.Assume($"image.{name}", usual, "the graph leaves it free, and no file says it");
            }
        }

        _height = _height > 0 ? _height : said?.Height ?? usual;
        _width = _width > 0 ? _width : said?.Width ?? usual;
    }

    private void Kernel(string? name, string source)
    {
        if (name is null)
        {
            draft.Assume("image.resample", "bilinear", $"{source} is Hamming, which PerCall does not have");
            return;
        }

        draft.Set("image.resample", name, source);
    }

    private static (int Height, int Width)? Side(JsonNode? size) => size switch
    {
        JsonObject o when Number(o["height"]) is { } high && Number(o["width"]) is { } wide => ((int)high, (int)wide),
        JsonObject o when Number(o["shortest_edge"]) is { } side => ((int)side, (int)side),
        JsonValue when Number(size) is { } side => ((int)side, (int)side),
        _ => null,
    };

    private static bool Flag(JsonObject config, string name, bool otherwise) =>
        config[name] is JsonValue value && value.TryGetValue<bool>(out var flag) ? flag : otherwise;

    private static double? Number(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<double>(out var number) ? number : null;

    private static double[]? Numbers(JsonNode? node) => node is JsonArray list && list.Select(Number).ToArray() is { Length: > 0 } numbers
        && numbers.All(n => n is not null) ? [.. numbers.Select(n => n!.Value)] : null;
}
