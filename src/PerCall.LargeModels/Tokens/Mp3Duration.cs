using System.Buffers.Binary;

namespace PerCall.LargeModels.Tokens;

/// <summary>The duration of an MP3 file: the sum of its frames. A header with a number of frames is not needed, and not trusted.</summary>
internal static class Mp3Duration
{
    private static ReadOnlySpan<short> Mpeg1Layer1 => [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448];

    private static ReadOnlySpan<short> Mpeg1Layer2 => [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384];

    private static ReadOnlySpan<short> Mpeg1Layer3 => [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];

    private static ReadOnlySpan<short> Mpeg2Layer1 => [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256];

    private static ReadOnlySpan<short> Mpeg2Layer23 => [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

    private static ReadOnlySpan<int> Rates => [44_100, 48_000, 32_000];

    /// <summary>Returns the seconds; null: the file does not have two frames in a row.</summary>
    public static double? Read(ReadOnlySpan<byte> file)
    {
        var at = 0;
        if (file.StartsWith("ID3"u8))
        {
            at = 10 + (((file[6] & 127) << 21) | ((file[7] & 127) << 14) | ((file[8] & 127) << 7) | (file[9] & 127));
        }

        var seconds = 0d;
        var inARow = 0;
        var isMp3 = false;
        while (at + 4 <= file.Length)
        {
            if (Frame(BinaryPrimitives.ReadUInt32BigEndian(file[at..])) is var (length, duration))
            {
                seconds += duration;
                isMp3 |= ++inARow >= 2;
                at += length;
                continue;
            }

            inARow = 0;
            var next = file[(at + 1)..].IndexOf((byte)0xFF);
            if (next < 0)
            {
                break;
            }

            at += 1 + next;
        }

        return isMp3 ? seconds : null;
    }

    private static (int Length, double Seconds)? Frame(uint header)
    {
        var version = (int)(header >> 19) & 3;
        var layer = 4 - ((int)(header >> 17) & 3);
        var bitRate = (int)(header >> 12) & 15;
        var rateIndex = (int)(header >> 10) & 3;
        if (header >> 21 != 0x7FF || version == 1 || layer == 4 || bitRate is 0 or 15 || rateIndex == 3)
        {
            return null;
        }

        var mpeg1 = version == 3;
        var kilobits = (mpeg1, layer) switch
        {
            (true, 1) => Mpeg1Layer1,
            (true, 2) => Mpeg1Layer2,
            (true, _) => Mpeg1Layer3,
            (false, 1) => Mpeg2Layer1,
            _ => Mpeg2Layer23,
        };
        var rate = Rates[rateIndex] / (mpeg1 ? 1 : version == 2 ? 2 : 4);
        var samples = layer == 1 ? 384 : layer == 3 && !mpeg1 ? 576 : 1152;
        var padding = (int)(header >> 9) & 1;
        var length = (samples / 8 * kilobits[bitRate] * 1000 / rate) + (layer == 1 ? padding * 4 : padding);
        return (Math.Max(4, length), (double)samples / rate);
    }
}
