using PerCall.Inference.Packages;
using Xunit;

namespace PerCall.Inference.Tests.Images;

/// <summary>One scene in many files: red left, green right, a blue square in the top left corner (see fixtures/make.py).</summary>
public sealed class ImageFormatTests
{
    private const int Width = 24;
    private const int Height = 16;
    private const int Tolerance = 6;

    [Theory]
    [InlineData("plain.png")]
    [InlineData("plain.bmp")]
    [InlineData("plain.webp")]
    [InlineData("animated.gif")]
    [InlineData("orientation-1.jpg")]
    [InlineData("orientation-2.jpg")]
    [InlineData("orientation-3.jpg")]
    [InlineData("orientation-4.jpg")]
    [InlineData("orientation-5.jpg")]
    [InlineData("orientation-6.jpg")]
    [InlineData("orientation-7.jpg")]
    [InlineData("orientation-8.jpg")]
    public void Write_SameSceneInAnotherFile_GivesTheUprightPicture(string file)
    {
        var tensor = Pictures.Tensor(Pictures.Fixture(file), Width, Height);

        AssertColor((0, 0, 255), tensor, 3, 3);
        AssertColor((255, 0, 0), tensor, 3, 12);
        AssertColor((255, 0, 0), tensor, 10, 3);
        AssertColor((0, 128, 0), tensor, 20, 3);
        AssertColor((0, 128, 0), tensor, 20, 12);
    }

    [Fact]
    public void Write_Cmyk_GivesRgb()
    {
        var tensor = Pictures.Tensor(Pictures.Fixture("cmyk.jpg"), Width, Height);

        AssertColor((255, 0, 0), tensor, 3, 12, tolerance: 20);
        AssertColor((0, 128, 0), tensor, 20, 12, tolerance: 20);
        AssertColor((0, 0, 255), tensor, 2, 2, tolerance: 20);
    }

    [Theory]
    [InlineData("swapped-profile.jpg")]
    [InlineData("swapped-profile.png")]
    public void Write_ProfileWithExchangedPrimaries_GivesSrgb(string file)
    {
        var tensor = Pictures.Tensor(Pictures.Fixture(file), Width, Height);

        // Red by the file's numbers is green by its profile, and the other way round.
        AssertColor((0, 255, 0), tensor, 3, 12, tolerance: 12);
        AssertColor((128, 0, 0), tensor, 20, 12, tolerance: 12);
    }

    [Fact]
    public void Write_SixteenBits_GivesEight()
    {
        var tensor = Pictures.Tensor(Pictures.Fixture("grey-16.png"), Width, Height);

        AssertColor((128, 128, 128), tensor, 3, 3);
        AssertColor((255, 255, 255), tensor, 20, 3);
    }

    [Theory]
    [InlineData("#ffffff", 255, 255, 255)]
    [InlineData("#102030", 16, 32, 48)]
    public void Write_Transparency_IsLaidOverTheBackground(string background, int r, int g, int b)
    {
        var tensor = Pictures.Tensor(Pictures.Fixture("transparent.png"), Width, Height, Pictures.Rgb with { Background = background });

        AssertColor((r, g, b), tensor, 20, 12);
        AssertColor((255, 0, 0), tensor, 3, 12);
    }

    [Fact]
    public void Write_Gray_GivesLuma()
    {
        var tensor = Pictures.Tensor(Pictures.Fixture("plain.png"), Width, Height, new ImageRules { Resize = ResizeRule.Stretch, Color = ColorOrder.Gray });

        Assert.Equal(Width * Height, tensor.Length);
        Assert.Equal(0.299f * 255, tensor[(12 * Width) + 3], 0.01f);
        Assert.Equal(0.114f * 255, tensor[0], 0.01f);
    }

    private static void AssertColor((int R, int G, int B) expected, float[] tensor, int x, int y, int tolerance = Tolerance)
    {
        var (r, g, b) = Pictures.At(tensor, Width, Height, x, y);
        Assert.True(
            Math.Abs(expected.R - r) <= tolerance && Math.Abs(expected.G - g) <= tolerance && Math.Abs(expected.B - b) <= tolerance,
            $"At {x}, {y}: expected {expected}, got {(r, g, b)}.");
    }
}
