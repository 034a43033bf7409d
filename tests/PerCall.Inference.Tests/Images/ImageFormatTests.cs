using System.Buffers.Binary;
using PerCall.Inference.Packages;
using PerCall.Testing;
using SkiaSharp;
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

    /// <summary>The same picture lying on its side, with the turn written in other places and types of EXIF.</summary>
    [Theory]
    [InlineData("exif6.png")]
    [InlineData("ex_long.jpg")]
    public void Write_OrientationInAnotherPlace_GivesWhatTheUsualPlaceGives(string file)
    {
        var usual = Pictures.Tensor(Repository.Case("exif6.jpg"), Width, Height);

        var tensor = Pictures.Tensor(Repository.Case(file), Width, Height);

        // JPEG is not lossless.
        Assert.InRange(usual.Zip(tensor).Average(p => Math.Abs(p.First - p.Second)), 0, Tolerance);
    }

    /// <summary>The codec reads the turn of a WebP only where it is a SHORT (type 3), not as LONG (type 4).</summary>
    [Fact]
    public void Write_OrientationOfAWebpAsLong_GivesWhatAShortGives()
    {
        var usual = Pictures.Tensor(TurnedWebp(type: 3), Width, Height);

        Assert.Equal(usual, Pictures.Tensor(TurnedWebp(type: 4), Width, Height));
        Assert.NotEqual(usual, Pictures.Tensor(Pictures.Fixture("plain.webp"), Width, Height));
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
        var tensor = Pictures.Tensor(
            Pictures.Fixture("plain.png"), Width, Height, new ImageRules { Resize = ResizeRule.Stretch, Color = ColorOrder.Gray });

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

    /// <summary>A WebP in the extended format (RFC 9649, 2.7), whose EXIF says that it lies on its right side.</summary>
    private static byte[] TurnedWebp(byte type)
    {
        var plain = Pictures.Fixture("plain.webp");
        using var bitmap = SKBitmap.Decode(plain);
        byte[] tiff = [.. "II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 1, type, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0];
        byte[] header = [.. "VP8X"u8, 10, 0, 0, 0, 0x08, 0, 0, 0, .. Size(bitmap.Width), .. Size(bitmap.Height)];
        byte[] file = [.. plain[..12], .. header, .. plain[12..], .. "EXIF"u8, (byte)tiff.Length, 0, 0, 0, .. tiff];
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), file.Length - 8);
        return file;

        static byte[] Size(int pixels) => [(byte)(pixels - 1), (byte)((pixels - 1) >> 8), 0];
    }
}
