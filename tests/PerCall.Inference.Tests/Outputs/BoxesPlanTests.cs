using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Images;
using PerCall.Inference.Outputs;
using PerCall.Inference.Pipelines;
using Xunit;

namespace PerCall.Inference.Tests.Outputs;

/// <summary>Boxes of a model with an input of 100 × 100 pixels, for pictures of other sizes.</summary>
public sealed class BoxesPlanTests
{
    private static readonly string[] Labels = ["cat", "dog"];

    [Fact]
    public void Read_YoloByValue_IsInPixelsOfTheSource()
    {
        // Two boxes: cx, cy, w, h, cat, dog; each row of the tensor is one of these.
        using var output = Tensor([50, 20, 50, 20, 20, 10, 40, 10, 0.9f, 0.1f, 0.2f, 0.8f], 1, 6, 2);

        Assert.Equal(
            "cat 0.9 at 80, 30, 40 × 40; dog 0.8 at 30, 15, 20 × 10",
            Read(new() { ["form"] = "yolo" }, [output], Stretched(200, 100)));
    }

    [Fact]
    public void Read_YoloByBoxWithObjectness_MultipliesScores()
    {
        using var output = Tensor([50, 50, 20, 20, 0.5f, 0.8f, 0.9f, 0, 0, 1, 1, 0.1f, 1, 1], 1, 2, 7);

        Assert.Equal(
            "dog 0.45 at 40, 40, 20 × 20; cat 0.4 at 40, 40, 20 × 20",
            Read(new() { ["form"] = "yolo_objectness", ["iou"] = 0.99 }, [output], Stretched(100, 100)));
    }

    [Fact]
    public void Read_BoxesOfOneLabelThatOverlap_KeepsTheBest()
    {
        using var output = Tensor(
            [50, 50, 20, 20, 0.6f, 0, 51, 50, 20, 20, 0.9f, 0, 50, 50, 20, 20, 0, 0.7f, 80, 80, 10, 10, 0.5f, 0], 1, 4, 6);

        Assert.Equal(
            "cat 0.9 at 41, 40, 20 × 20; dog 0.7 at 40, 40, 20 × 20; cat 0.5 at 75, 75, 10 × 10",
            Read(new() { ["form"] = "yolo" }, [output], Stretched(100, 100)));
        Assert.Equal(
            "cat 0.9 at 41, 40, 20 × 20", Read(new() { ["form"] = "yolo", ["max"] = 1 }, [output], Stretched(100, 100)));
    }

    [Fact]
    public void Read_BoxBeyondThePicture_IsCutToIt()
    {
        // A picture of 100 × 50 is padded by 25 rows above and below.
        var contained = new PlacedImage(new(0, 0, 100, 50, 0, 25, 100, 50), 100, 50);
        using var output = Tensor([95, 50, 40, 80, 0.9f, 0, 50, 10, 20, 20, 0.8f, 0], 1, 2, 6);

        // The second one is in the padding alone.
        Assert.Equal("cat 0.9 at 75, 0, 25 × 50", Read(new() { ["form"] = "yolo" }, [output], contained));
    }

    [Fact]
    public void Read_SsdWithClassesAndCount_IgnoresWhatIsBehindTheCount()
    {
        using var boxes = Tensor([0.1f, 0.2f, 0.3f, 0.6f, 0, 0, 1, 1], 1, 2, 4);
        using var scores = Tensor([0.7f, 0.9f], 1, 2);
        using var classes = Tensor([2, 1], 1, 2);
        using var count = Tensor([1], 1);

        Assert.Equal(
            "dog 0.7 at 40, 10, 80 × 20",
            Read(
                new() { ["form"] = "ssd", ["scores"] = "scores", ["classes"] = "classes", ["count"] = "count", ["first_class"] = 1 },
                [boxes, scores, classes, count],
                Stretched(200, 100)));
    }

    [Fact]
    public void Read_SsdWithScoresByClass_SkipsTheBackground()
    {
        using var boxes = Tensor([0, 0, 0.5f, 0.5f], 1, 1, 4);
        using var scores = Tensor([0.2f, 0.1f, 0.7f], 1, 1, 3);

        Assert.Equal(
            "dog 0.7 at 0, 0, 50 × 50",
            Read(
                new() { ["form"] = "ssd", ["scores"] = "scores", ["first_class"] = 1, ["corners"] = "xyxy" }, [boxes, scores],
                Stretched(100, 100)));
    }

    [Fact]
    public void Read_ScoreThatIsNotANumber_IsThePicturesFailure()
    {
        using var output = Tensor([50, 50, 20, 20, float.NaN, 0], 1, 1, 6);

        Assert.Throws<ModelFailedException>(() => Read(new() { ["form"] = "yolo" }, [output], Stretched(100, 100)));
    }

    [Fact]
    public void Take_OtherNumberOfLabels_NamesBothShapes()
    {
        using var output = Tensor(new float[9], 1, 1, 9);

        var refused = Assert.Throws<OutputShapeException>(() => Read(new() { ["form"] = "yolo" }, [output], Stretched(100, 100)));

        Assert.Contains("[1, 1, 9] for 1 input(s); expected 4 coordinates, and 2 labels", refused.Message, StringComparison.Ordinal);
    }

    private static string Read(JsonObject rules, OrtValue[] outputs, PlacedImage placed)
    {
        var manifest = OutputManifests.Of(new()
        {
            ["kind"] = "boxes",
            ["tensor"] = "boxes",
            ["labels"] = "labels.txt",
            ["boxes"] = rules,
        });
        using var picture = EncodedPictures.Of(100, 100, placed);
        var plan = new BoxesPlan(manifest, Labels);
        var found = (BoxesOutput)plan.Read(plan.Take(outputs, [picture])[0], picture, new());
        return string.Join("; ", found.Boxes.Select(b => string.Create(
            CultureInfo.InvariantCulture, $"{b.Label} {b.Score:0.##} at {b.X:0.#}, {b.Y:0.#}, {b.Width:0.#} × {b.Height:0.#}")));
    }

    private static PlacedImage Stretched(int width, int height) => new(new(0, 0, width, height, 0, 0, 100, 100), width, height);

    private static OrtValue Tensor(float[] values, params long[] shape) => OrtValue.CreateTensorValueFromMemory(values, shape);
}
