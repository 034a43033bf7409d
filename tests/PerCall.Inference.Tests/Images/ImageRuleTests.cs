using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Images;
using PerCall.Inference.Packages;
using PerCall.Testing;
using Xunit;

namespace PerCall.Inference.Tests.Images;

public sealed class ImageRuleTests
{
    [Fact]
    public void Write_Nhwc_HoldsTheSamePixelsAsNchw()
    {
        var image = Pictures.Fixture("plain.png");
        var nchw = Pictures.Tensor(image, 12, 8);
        var nhwc = Pictures.Tensor(image, 12, 8, layout: TensorLayout.Nhwc);

        for (var pixel = 0; pixel < 96; pixel++)
        {
            for (var c = 0; c < 3; c++)
            {
                Assert.Equal(nchw[(c * 96) + pixel], nhwc[(pixel * 3) + c]);
            }
        }
    }

    [Fact]
    public void Write_Bgr_ExchangesRedAndBlue()
    {
        var image = Pictures.Fixture("plain.png");
        var rgb = Pictures.Tensor(image, 24, 16);
        var bgr = Pictures.Tensor(image, 24, 16, Pictures.Rgb with { Color = ColorOrder.Bgr });

        Assert.Equal(rgb[..384], bgr[768..]);
        Assert.Equal(rgb[384..768], bgr[384..768]);
        Assert.Equal(rgb[768..], bgr[..384]);
    }

    [Fact]
    public void Write_ScaleMeanStd_AreAppliedInThatOrder()
    {
        var rules = Pictures.Rgb with { Scale = 1 / 255f, Mean = [0.5f, 0.25f, 0], Std = [0.5f, 0.25f, 2] };
        var tensor = Pictures.Tensor(Pictures.Fixture("plain.png"), 24, 16, rules);
        var red = (12 * 24) + 3;

        Assert.Equal(1, tensor[red], 0.0001f);
        Assert.Equal(-1, tensor[384 + red], 0.0001f);
        Assert.Equal(0, tensor[768 + red], 0.0001f);
    }

    [Fact]
    public void Write_Contain_KeepsTheShapeAndPads()
    {
        // 24 × 16 in 24 × 24: 4 rows above and below.
        var tensor = Pictures.Tensor(
            Pictures.Fixture("plain.png"), 24, 24, Pictures.Rgb with { Resize = ResizeRule.Contain, Pad = "#0a141e" });

        Assert.Equal((10, 20, 30), Pictures.At(tensor, 24, 24, 12, 3));
        Assert.Equal((0, 0, 255), Pictures.At(tensor, 24, 24, 0, 4));
        Assert.Equal((0, 128, 0), Pictures.At(tensor, 24, 24, 23, 19));
        Assert.Equal((10, 20, 30), Pictures.At(tensor, 24, 24, 12, 20));
    }

    [Fact]
    public void Write_Cover_CutsTheCentre()
    {
        // 24 × 16 on 16 × 16: columns 4 to 20.
        var tensor = Pictures.Tensor(Pictures.Fixture("plain.png"), 16, 16, Pictures.Rgb with { Resize = ResizeRule.Cover });

        Assert.Equal((0, 0, 255), Pictures.At(tensor, 16, 16, 3, 0));
        Assert.Equal((255, 0, 0), Pictures.At(tensor, 16, 16, 4, 0));
        Assert.Equal((255, 0, 0), Pictures.At(tensor, 16, 16, 7, 0));
        Assert.Equal((0, 128, 0), Pictures.At(tensor, 16, 16, 8, 0));
    }

    [Fact]
    public void Write_ShortestSide_ScalesThenCutsTheCentre()
    {
        // 24 × 16 to 12 × 8 (shortest side 8), then 4 × 4 around the centre: columns 4 to 8 and rows 2 to 6 of those.
        var tensor = Pictures.Tensor(
            Pictures.Fixture("plain.png"), 4, 4, Pictures.Rgb with { Resize = ResizeRule.ShortestSide, ResizeTo = 8 });

        Assert.Equal((255, 0, 0), Pictures.At(tensor, 4, 4, 1, 0));
        Assert.Equal((0, 128, 0), Pictures.At(tensor, 4, 4, 2, 0));
        Assert.Equal((255, 0, 0), Pictures.At(tensor, 4, 4, 0, 3));
    }

    [Fact]
    public void Write_Shrinking_AveragesTheArea()
    {
        // A row of 6 pixels 0, 50, 100, 150, 200, 250 on 4: each covers one and a half.
        byte[] row = [0, 0, 0, 0, 50, 50, 50, 100, 100, 100, 150, 150, 150, 200, 200, 200, 250, 250, 250];
        var tensor = Pictures.Tensor(Png.OfRgb(6, 1, row), 4, 1);

        Assert.Equal(50 * 0.5f / 1.5f, tensor[0], 0.001f);
        Assert.Equal(((50 * 0.5f) + 100) / 1.5f, tensor[1], 0.001f);
        Assert.Equal((150 + (200 * 0.5f)) / 1.5f, tensor[2], 0.001f);
        Assert.Equal(((200 * 0.5f) + 250) / 1.5f, tensor[3], 0.001f);
    }

    [Fact]
    public void Write_Growing_Interpolates()
    {
        byte[] row = [0, 0, 0, 0, 100, 100, 100];
        var tensor = Pictures.Tensor(Png.OfRgb(2, 1, row), 4, 1);

        Assert.Equal([0, 25, 75, 100], tensor[..4]);
    }

    [Fact]
    public void Write_OtherElementTypes_RoundTheSameValues()
    {
        var image = Pictures.Fixture("plain.png");
        var rules = Pictures.Rules(24, 16, Pictures.Rgb);
        var floats = Pictures.Tensor(image, 24, 16);
        var halves = new Float16[rules.Length];
        var bytes = new byte[rules.Length];
        ImagePreprocessor.Write<Float16, Float16Element>(image, rules, 1_000_000, halves);
        ImagePreprocessor.Write<byte, UInt8Element>(image, rules, 1_000_000, bytes);

        Assert.Equal(floats, halves.Select(h => h.ToFloat()));
        Assert.Equal(floats, bytes.Select(b => (float)b));
    }
}
