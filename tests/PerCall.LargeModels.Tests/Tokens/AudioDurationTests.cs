using PerCall.LargeModels.Tokens;
using Xunit;

namespace PerCall.LargeModels.Tests.Tokens;

public sealed class AudioDurationTests
{
    [Fact]
    public void Seconds_EachFormat_ReadsItsHeaders()
    {
        Assert.Equal(3, AudioDuration.Seconds(AudioFiles.Wav(3)));
        Assert.Equal(1152 * 100 / 44_100d, AudioDuration.Read(AudioFiles.Mp3(100))!.Value, 9);
        Assert.Equal(3, AudioDuration.Seconds(AudioFiles.Mp3(100)));
        Assert.Equal(10, AudioDuration.Seconds(AudioFiles.Flac(160_000, 1000)));
        Assert.Equal(5, AudioDuration.Seconds(AudioFiles.Opus((5 * 48_000) + 0x138)));
        Assert.Equal(4, AudioDuration.Seconds(AudioFiles.Vorbis(4 * 22_050)));
        Assert.Equal(8, AudioDuration.Seconds(AudioFiles.Mp4(1000, 7001)));
        Assert.Equal(13, AudioDuration.Seconds(AudioFiles.Webm(12_500)));
    }

    [Fact]
    public void Seconds_RecordingOfABrowser_IsTheTimeOfTheLastBlock() =>
        Assert.Equal(7, AudioDuration.Seconds(AudioFiles.Webm(null, 0, 5100, 100)));

    [Theory]
    [InlineData(0u)]
    [InlineData(0xFFFFFFFFu)]
    public void Seconds_WavWithAFalseLength_CountsTheBytesThatFollow(uint declared) =>
        Assert.Equal(3, AudioDuration.Seconds(AudioFiles.Wav(3, declared)));

    [Fact]
    public void Seconds_HeaderThatGivesLessThanTheSizeAllows_IsNotBelieved()
    {
        Assert.InRange(AudioDuration.Seconds(AudioFiles.Flac(1, 320_000)), 9, 10);
        Assert.Equal(11, AudioDuration.Seconds(AudioFiles.Mp4(1000, 1000, media: 2_000_001)));
        Assert.Equal(1, AudioDuration.Seconds(AudioFiles.Mp4(1000, 1000, video: true, media: 2_000_001)));
        Assert.Equal(10, AudioDuration.Seconds(AudioFiles.Webm(1000, 0, 9000)));
    }

    [Fact]
    public void Seconds_UnknownFormat_IsBoundedByTheLowestBitRate()
    {
        Assert.Equal(100, AudioDuration.Seconds(new byte[75_000]));
        Assert.Equal(1, AudioDuration.Seconds("x"u8));
        // A file of fragments has no duration in its header.
        Assert.True(AudioDuration.Seconds(AudioFiles.Mp4(1000, 0, media: 75_000)) >= 100);
    }

    [Fact]
    public void Seconds_BrokenFiles_IsAlwaysPositiveAndEnds()
    {
        var random = new Random(3);
        byte[][] files =
        [
            AudioFiles.Wav(1), AudioFiles.Mp3(5), AudioFiles.Flac(16_000, 50), AudioFiles.Opus(48_000), AudioFiles.Vorbis(22_050),
            AudioFiles.Mp4(1000, 7001), AudioFiles.Webm(12_500, 0, 20),
        ];
        foreach (var file in files)
        {
            for (var i = 0; i < 400; i++)
            {
                var broken = file.AsSpan(0, random.Next(1, file.Length + 1)).ToArray();
                for (var j = 0; j < 4; j++)
                {
                    broken[random.Next(Math.Min(broken.Length, 200))] = (byte)random.Next(256);
                }

                Assert.InRange(AudioDuration.Seconds(broken), 1, int.MaxValue);
            }
        }
    }
}
