using System.Text.Json.Nodes;
using PerCall.Testing;
using Xunit;

namespace PerCall.Inference.Tests.Deriving;

public sealed class ImageDeriverTests
{
    private const string Labels =
        """
        {"architectures": ["ResNetForImageClassification"], "id2label": {"0": "red", "1": "green", "2": "blue"}}
        """;

    private static readonly double[] Mean = [0.485, 0.456, 0.406];
    private static readonly double[] Std = [0.229, 0.224, 0.225];

    /// <summary>One row for each form of the configurations of image processors.</summary>
    [Theory]
    [InlineData(
        """{"image_processor_type": "ViTImageProcessor", "size": {"height": 32, "width": 32}, "resample": 2}""",
        """{"resize": "stretch", "resample": "bilinear", "width": 32, "height": 32}""")]
    [InlineData(
        """{"feature_extractor_type": "ViTFeatureExtractor", "size": 32, "resample": 3}""",
        """{"resize": "stretch", "resample": "bicubic", "width": 32, "height": 32}""")]
    [InlineData(
        """{"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 224}, "crop_pct": 0.875, "resample": 3}""",
        """{"resize": "shortest_side", "resize_to": 256, "resample": "bicubic", "width": 224, "height": 224}""")]
    [InlineData(
        """{"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 384}, "crop_pct": 0.95, "resample": 3}""",
        """{"resize": "stretch", "resample": "bicubic", "width": 384, "height": 384}""")]
    [InlineData(
        """
        {"image_processor_type": "DeiTImageProcessor", "size": {"height": 256, "width": 256}, "do_center_crop": true,
         "crop_size": {"height": 224, "width": 224}, "resample": 3}
        """,
        """{"resize": "stretch", "resize_to": 256, "resample": "bicubic", "width": 224, "height": 224}""")]
    [InlineData(
        """
        {"image_processor_type": "MobileNetV2ImageProcessor", "size": {"shortest_edge": 256}, "do_center_crop": true,
         "crop_size": {"height": 224, "width": 224}, "resample": 2}
        """,
        """{"resize": "shortest_side", "resize_to": 256, "resample": "bilinear", "width": 224, "height": 224}""")]
    [InlineData(
        """{"image_processor_type": "CLIPImageProcessor", "size": 224, "crop_size": 224, "do_center_crop": true, "resample": 1}""",
        """{"resize": "shortest_side", "resize_to": 224, "resample": "lanczos", "width": 224, "height": 224}""")]
    [InlineData(
        """
        {"image_processor_type": "LevitImageProcessor", "size": {"shortest_edge": 224}, "do_center_crop": true,
         "crop_size": {"height": 224, "width": 224}, "resample": 3}
        """,
        """{"resize": "shortest_side", "resize_to": 256, "resample": "bicubic", "width": 224, "height": 224}""")]
    [InlineData(
        """{"image_processor_type": "EfficientNetImageProcessor", "size": {"height": 64, "width": 48}, "resample": 0}""",
        """{"resize": "stretch", "resample": "nearest", "width": 48, "height": 64}""")]
    public async Task Derive_OfAnImageProcessor_ResizesAsItDoes(string processor, string expected)
    {
        using var folder = new DerivedFolder(Graphs.Channels()).Add("config.json", Labels).Add("preprocessor_config.json", processor);

        var image = (await folder.ManifestAsync())["image"]!.AsObject();

        image.Remove("color");
        image.Remove("scale");
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), image), image.ToJsonString());
    }

    [Theory]
    [InlineData(
        """
        {"do_rescale": true, "rescale_factor": 0.00392156862745098, "do_normalize": true, "image_mean": [0.485, 0.456, 0.406],
         "image_std": [0.229, 0.224, 0.225]}
        """, 1 / 255.0, true)]
    [InlineData("""{"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}""", 1 / 255.0, true)]
    [InlineData(
        """
        {"do_rescale": true, "do_normalize": false, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
        """, 1 / 255.0, false)]
    [InlineData("""{"do_rescale": false, "do_normalize": false}""", 1, false)]
    public async Task Derive_OfAnImageProcessor_NormalizesAsItDoes(string processor, double scale, bool normalizes)
    {
        const byte Red = 200, Green = 120, Blue = 40;
        using var folder = new DerivedFolder(Graphs.Channels()).Add("config.json", Labels)
            .Add("preprocessor_config.json", processor.Insert(1, "\"size\": {\"height\": 8, \"width\": 8}, \"resample\": 2, "))
            .Add("picture.png", OneColor(Red, Green, Blue));

        await folder.DeriveAsync();

        // The picture has one colour, so the logits are its normalised channels, whatever was resized.
        double[] logits = [.. new[] { Red, Green, Blue }.Select((p, c) => normalizes ? ((p * scale) - Mean[c]) / Std[c] : p * scale)];
        var example = JsonNode.Parse(folder.Read("golden.jsonl"))!;
        Assert.Equal("percall", (string?)example["made_by"]);
        AssertScores(["red", "green", "blue"], Softmax(logits), example);
    }

    [Fact]
    public async Task Derive_OfAProcessorThatFlipsChannels_SwapsThem()
    {
        using var folder = new DerivedFolder(Graphs.Channels()).Add("config.json", Labels)
            .Add("preprocessor_config.json",
                """
                {"size": {"height": 8, "width": 8}, "do_flip_channel_order": true, "do_normalize": false}
                """)
            .Add("picture.png", OneColor(250, 100, 0));

        await folder.DeriveAsync();

        // The graph's first label gets the blue channel.
        AssertScores(["red", "green", "blue"], Softmax([0, 100 / 255.0, 250 / 255.0]), JsonNode.Parse(folder.Read("golden.jsonl"))!);
    }

    [Fact]
    public async Task Derive_OfTimm_UsesItsEvaluation()
    {
        using var folder = new DerivedFolder(Graphs.Channels(64, "input", "output")).Add("labels.txt", "a\nb\nc").Add(
            "config.json",
            """
            {"pretrained_cfg": {"input_size": [3, 64, 64], "crop_pct": 0.9, "interpolation": "bicubic",
             "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}}
            """);

        var image = (await folder.ManifestAsync())["image"]!;

        Assert.Equal(
            ("shortest_side", 71, "bicubic"), ((string?)image["resize"], (int?)image["resize_to"], (string?)image["resample"]));
        Assert.Equal("[0.5,0.5,0.5]", image["mean"]!.ToJsonString());
    }

    [Theory]
    [InlineData("Bgr8", "NominalRange_0_255", "bgr", 1, null)]
    [InlineData("Rgb8", "Normalized_0_1", "rgb", 1 / 255.0, null)]
    [InlineData("Rgb8", "Normalized_1_1", "rgb", 2 / 255.0, "[1]")]
    public async Task Derive_OfMetadataOfWindowsML_ReadsOrderAndRange(string format, string range, string color, double scale, string? mean)
    {
        using var folder = new DerivedFolder(
            Graphs.Channels(16, "data", "softmaxout", "Softmax")
                .With("Image.BitmapPixelFormat", format).With("Image.NominalPixelRange", range))
            .Add("labels.txt", "a\nb\nc");

        var manifest = await folder.ManifestAsync();

        var image = manifest["image"]!;
        Assert.Equal((color, scale, mean), ((string?)image["color"], (double?)image["scale"], image["mean"]?.ToJsonString()));
        Assert.Equal("none", (string?)manifest["output"]!["activation"]);
    }

    [Fact]
    public async Task Derive_OfPixelsThatNothingDescribes_AsksForThem()
    {
        using var folder = new DerivedFolder(Graphs.Channels(16, "input", "output")).Add("labels.txt", "a\nb\nc");

        var fault = Assert.Single((await folder.RefuseAsync()).Faults);

        Assert.Equal("pixels", fault.Where);
        Assert.Contains("Which values does the input 'input' take?", fault.Problem, StringComparison.Ordinal);
        Assert.Contains("Allowed: rgb imagenet, rgb 0..255, ", fault.Problem, StringComparison.Ordinal);
        Assert.Equal(
            "is 'rgb'; allowed: rgb imagenet, rgb 0..255, rgb 0..1, rgb -1..1, bgr 0..255, bgr 0..1, bgr -1..1, bgr imagenet.",
            Assert.Single((await folder.RefuseAsync("pixels=rgb")).Faults).Problem);
        Assert.False(File.Exists(Path.Combine(folder.Path, "model.json")));
    }

    [Theory]
    [InlineData("rgb 0..255", new[] { 200.0, 120, 40 })]
    [InlineData("rgb 0..1", new[] { 200 / 255.0, 120 / 255.0, 40 / 255.0 })]
    [InlineData("bgr -1..1", new[] { (40 / 127.5) - 1, (120 / 127.5) - 1, (200 / 127.5) - 1 })]
    [InlineData("rgb imagenet", new[] { ((200 / 255.0) - 0.485) / 0.229, ((120 / 255.0) - 0.456) / 0.224, ((40 / 255.0) - 0.406) / 0.225 })]
    public async Task Derive_OfPixelsThatTheOwnerDescribes_FollowsTheAnswer(string answer, double[] logits)
    {
        using var folder = new DerivedFolder(Graphs.Channels(16, "input", "output")).Add("labels.txt", "a\nb\nc")
            .Add("picture.png", OneColor(200, 120, 40));

        await folder.DeriveAsync($"pixels={answer}");

        AssertScores(["a", "b", "c"], Softmax(logits), JsonNode.Parse(folder.Read("golden.jsonl"))!);
    }

    [Fact]
    public async Task Derive_OfBytesByPixel_AsksNothing()
    {
        using var folder = new DerivedFolder(Graphs.Bytes(8)).Add("class_names.json", """["a", "b", "c"]""")
            .Add("picture.png", OneColor(255, 51, 0));

        var manifest = await folder.ManifestAsync();

        Assert.Equal("NHWC", (string?)manifest["inputs"]![0]!["layout"]);
        AssertScores(["a", "b", "c"], Softmax([1, 0.2, 0]), JsonNode.Parse(folder.Read("golden.jsonl"))!);
    }

    [Fact]
    public async Task Derive_OfSegmentation_GivesAMask()
    {
        using var folder = new DerivedFolder(Graphs.Grid())
            .Add(
                "config.json",
                """{"architectures": ["SegformerForSemanticSegmentation"], "id2label": {"0": "wall", "1": "tree", "2": "sky"}}""")
            .Add("preprocessor_config.json", """{"size": {"height": 16, "width": 16}, "resample": 2, "do_normalize": false}""")
            .Add("picture.png", OneColor(10, 200, 20));

        var derived = await folder.DeriveAsync();

        Assert.Equal(Inference.Packages.ModelTask.ImageSegmentation, derived.Manifest.Task);
        Assert.Equal("tree 100 %", derived.Answer);
        Assert.True(derived.Manifest.Files.ContainsKey("samples/mask.png"));

        // Again, with no other picture than those of the first time: the mask is not taken for the sample.
        File.Delete(Path.Combine(folder.Path, "picture.png"));
        Assert.Equal(derived.Answer, (await folder.DeriveAsync()).Answer);
    }

    [Fact]
    public async Task Derive_OfScoresForPlaces_GivesAMaskIfTheTaskIsGiven()
    {
        using var folder = new DerivedFolder(Graphs.Grid()).Add("labels.txt", "wall\ntree\nsky").Add("picture.png", OneColor(10, 200, 20));

        var derived = await folder.DeriveAsync("task=image-segmentation", "pixels=rgb 0..1");

        Assert.Equal("tree 100 %", derived.Answer);
    }

    private static void AssertScores(string[] labels, double[] scores, JsonNode example)
    {
        var actual = example["predictions"]!.AsArray().ToDictionary(p => (string)p!["label"]!, p => (double)p!["score"]!);
        Assert.All(labels.Zip(scores), pair => Assert.Equal(pair.Second, actual[pair.First], 1e-4));
    }

    private static double[] Softmax(double[] logits)
    {
        var exp = logits.Select(l => Math.Exp(l - logits.Max())).ToArray();
        return [.. exp.Select(e => e / exp.Sum())];
    }

    private static byte[] OneColor(byte red, byte green, byte blue)
    {
        const int Side = 20;
        byte[] row = [0, .. Enumerable.Repeat(new[] { red, green, blue }, Side).SelectMany(p => p)];
        return Png.OfRgb(Side, Side, [.. Enumerable.Repeat(row, Side).SelectMany(r => r)]);
    }
}
