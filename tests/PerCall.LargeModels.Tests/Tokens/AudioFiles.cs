using System.Buffers.Binary;

namespace PerCall.LargeModels.Tests.Tokens;

/// <summary>Audio files without sound, which have the headers that matter.</summary>
internal static class AudioFiles
{
    /// <summary>16 kHz, mono, 16 bits, preceded by a chunk of metadata.</summary>
    public static byte[] Wav(int seconds, uint? declaredLength = null)
    {
        var data = seconds * 32_000;
        return
        [
            .. "RIFF"u8, .. Little(0xFFFFFFFF), .. "WAVE"u8, .. "LIST"u8, .. Little(3), 1, 2, 3, 0,
            .. "fmt "u8, .. Little(16), 1, 0, 1, 0, .. Little(16_000), .. Little(32_000), 2, 0, 16, 0,
            .. "data"u8, .. Little(declaredLength ?? (uint)data), .. new byte[data],
        ];
    }

    /// <summary>MPEG 1, layer 3, 128 kbit/s, 44.1 kHz: frames of 417 bytes and 1152 samples, after a tag.</summary>
    public static byte[] Mp3(int frames) =>
    [
        .. "ID3"u8, 4, 0, 0, 0, 0, 1, 0, .. new byte[128],
        .. Enumerable.Repeat<byte[]>([0xFF, 0xFB, 0x90, 0x00, .. new byte[413]], frames).SelectMany(f => f),
    ];

    public static byte[] Flac(ulong samples, int bytes) =>
    [
        .. "fLaC"u8, 0, 0, 0, 34, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        .. Big((16_000UL << 44) | (0UL << 41) | (15UL << 36) | samples), .. new byte[16], .. new byte[bytes],
    ];

    public static byte[] Opus(long position) =>
    [
        .. Page(1, 0, [.. "OpusHead"u8, 1, 1, 0x38, 0x01, .. Little(48_000), 0, 0, 0]),
        .. Page(1, 0, "OpusTags........"u8),
        .. Page(1, position / 2, new byte[200]),
        .. Page(1, -1, new byte[10]),
        .. Page(1, position, new byte[100]),
    ];

    public static byte[] Vorbis(long position) =>
        [.. Page(9, 0, [1, .. "vorbis"u8, 0, 0, 0, 0, 1, .. Little(22_050)]), .. Page(9, position, new byte[300])];

    public static byte[] Mp4(uint timescale, uint duration, bool video = false, int media = 0) =>
    [
        .. Box("ftyp", [.. "M4A "u8, 0, 0, 0, 0]),
        .. Box("mdat", new byte[media]),
        .. Box(
            "moov",
            [
                .. Box("mvhd", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. Big(timescale), .. Big(duration), .. new byte[80]]),
                .. Box("trak", Box("mdia", Box("hdlr", [.. new byte[8], .. video ? "vide"u8 : "soun"u8, .. new byte[12]]))),
            ]),
    ];

    public static byte[] Webm(double? duration, params short[] blocks) =>
    [
        0x1A, 0x45, 0xDF, 0xA3, 0x84, 1, 2, 3, 4,
        0x18, 0x53, 0x80, 0x67, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0x15, 0x49, 0xA9, 0x66, (byte)(0x80 | (duration is null ? 7 : 18)),
        0x2A, 0xD7, 0xB1, 0x83, 0x0F, 0x42, 0x40,
        .. duration is { } known ? (byte[])[0x44, 0x89, 0x88, .. Big(BitConverter.DoubleToUInt64Bits(known))] : [],
        0x1F, 0x43, 0xB6, 0x75, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xE7, 0x82, 0x03, 0xE8,
        .. blocks.SelectMany(b => (byte[])[0xA3, 0x86, 0x81, (byte)(b >> 8), (byte)b, 0, 9, 9]),
    ];

    private static byte[] Page(uint serial, long position, ReadOnlySpan<byte> body)
    {
        var granule = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(granule, position);
        return [.. "OggS"u8, 0, 0, .. granule, .. Little(serial), 0, 0, 0, 0, 0, 0, 0, 0, 1, (byte)body.Length, .. body];
    }

    private static byte[] Box(string type, ReadOnlySpan<byte> body) =>
        [.. Big((uint)(8 + body.Length)), .. System.Text.Encoding.ASCII.GetBytes(type), .. body];

    private static byte[] Little(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] Big(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] Big(ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return bytes;
    }
}
