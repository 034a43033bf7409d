using PerCall.Testing;
using Xunit;

namespace PerCall.Inference.Tests.Images;

public sealed class ImageRefusalTests
{
    [Theory]
    [InlineData("unsupported.tiff", "a TIFF file")]
    [InlineData("unsupported.ico", "an ICO file")]
    public void Write_UnsupportedFormat_IsRefusedByName(string file, string name)
    {
        var refusal = Assert.Throws<InvalidInputException>(() => Pictures.Tensor(Pictures.Fixture(file), 8, 8));

        Assert.Equal("unsupported_image", refusal.Code);
        Assert.Contains(name, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("JPEG, PNG, WebP, GIF, BMP", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\0\0\0\u0018ftypheic", "a HEIC file")]
    [InlineData("\0\0\0\u0018ftypavif", "an AVIF file")]
    [InlineData("%PDF-1.7", "a PDF document")]
    [InlineData("<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing")]
    [InlineData("PK\u0003\u0004", "a ZIP archive")]
    public void Write_SignatureOfAnotherFormat_IsRefusedByName(string start, string name)
    {
        var bytes = start.PadRight(64, '\0').Select(c => (byte)c).ToArray();
        var refusal = Assert.Throws<InvalidInputException>(() => Pictures.Tensor(bytes, 8, 8));

        Assert.Contains(name, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_NoImage_IsRefused()
    {
        Assert.Equal("empty_image", Assert.Throws<InvalidInputException>(() => Pictures.Tensor([], 8, 8)).Code);
        Assert.Equal("not_an_image", Assert.Throws<InvalidInputException>(() => Pictures.Tensor("just some words"u8.ToArray(), 8, 8)).Code);
    }

    [Theory]
    [InlineData("plain.png")]
    [InlineData("plain.bmp")]
    [InlineData("plain.webp")]
    [InlineData("animated.gif")]
    [InlineData("orientation-1.jpg")]
    public void Write_EveryTruncation_IsRefused(string file)
    {
        var whole = Pictures.Fixture(file);
        // A GIF's first frame is whole before its second begins, and PNG and WebP end with bytes that hold no pixels.
        var pixelsEnd = file == "animated.gif" ? whole.Length / 3 : whole.Length - 16;
        for (var length = 1; length < pixelsEnd; length += 7)
        {
            var refusal = Assert.Throws<InvalidInputException>(() => Pictures.Tensor(whole[..length], 8, 8));
            Assert.Contains(refusal.Code, new[] { "truncated_image", "damaged_image", "not_an_image" });
        }
    }

    /// <summary>The end of its thumbnail is not the picture's.</summary>
    [Fact]
    public void Write_ProgressivePictureWithAThumbnailThatWasCutShort_IsRefusedAsTruncated() =>
        Assert.Equal("truncated_image", Assert.Throws<InvalidInputException>(
            () => Pictures.Tensor(Repository.Case("progressive_thumb_cut60.jpg"), 224, 224, maxPixels: 40_000_000)).Code);

    [Fact]
    public void Write_PhotographCutInHalf_IsRefusedAsTruncated()
    {
        var whole = File.ReadAllBytes(Repository.ZooFile("photos", "grace_hopper.jpg"));
        var refusal = Assert.Throws<InvalidInputException>(() => Pictures.Tensor(whole[..(whole.Length / 2)], 224, 224));

        Assert.Equal("truncated_image", refusal.Code);
    }

    [Fact]
    public void Write_HeaderOfManyPixels_IsRefusedBeforeAnythingIsDecoded()
    {
        // Its data end at once: whoever decodes it says so instead.
        var bomb = Png.OfRgb(50_000, 50_000, new byte[1000]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var refusal = Assert.Throws<InvalidInputException>(() => Pictures.Tensor(bomb, 224, 224, maxPixels: 40_000_000));

        Assert.Equal("image_too_large", refusal.Code);
        Assert.Contains("50000 × 50000", refusal.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2_000_000);
    }
}
