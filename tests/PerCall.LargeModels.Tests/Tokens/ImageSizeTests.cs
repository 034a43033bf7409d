using PerCall.LargeModels.Tokens;
using Xunit;

namespace PerCall.LargeModels.Tests.Tokens;

public sealed class ImageSizeTests
{
    [Fact]
    public void Of_EachFormat_ReadsItsHeader()
    {
        Assert.Equal((640, 480), ImageSize.Of(ImageFiles.Png(640, 480)));
        Assert.Equal((300, 200), ImageSize.Of(ImageFiles.Gif(300, 200)));
        Assert.Equal((1920, 1080), ImageSize.Of(ImageFiles.Jpeg(1920, 1080, metadata: 0)));
        Assert.Equal((1920, 1080), ImageSize.Of(ImageFiles.Jpeg(1920, 1080, metadata: 60_000)));
        Assert.Equal((1000, 2000), ImageSize.Of(ImageFiles.WebPExtended(1000, 2000)));
        Assert.Equal((1000, 2000), ImageSize.Of(ImageFiles.WebPLossless(1000, 2000)));
        Assert.Equal((1000, 2000), ImageSize.Of(ImageFiles.WebPLossy(1000, 2000)));
    }

    [Fact]
    public void Of_EveryBeginningOfAFile_IsUnknownOrTheSize()
    {
        foreach (var file in (byte[][])
            [
                ImageFiles.Png(7, 9), ImageFiles.Gif(7, 9), ImageFiles.Jpeg(7, 9, 40), ImageFiles.WebPExtended(7, 9),
                ImageFiles.WebPLossless(7, 9), ImageFiles.WebPLossy(7, 9),
            ])
        {
            for (var length = 0; length <= file.Length; length++)
            {
                var size = ImageSize.Of(file.AsSpan(0, length));
                Assert.True(size is null || size == (7, 9));
            }
        }
    }

    [Fact]
    public void Of_RandomBytes_NeverThrows()
    {
        var random = new Random(1);
        var whole = ImageFiles.Jpeg(7, 9, 40);
        for (var i = 0; i < 5000; i++)
        {
            var file = (byte[])whole.Clone();
            for (var j = 0; j < 4; j++)
            {
                file[random.Next(2, file.Length)] = (byte)random.Next(256);
            }

            _ = ImageSize.Of(file);
        }
    }
}
