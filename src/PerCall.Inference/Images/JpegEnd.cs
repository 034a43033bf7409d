namespace PerCall.Inference.Images;

/// <summary>
/// The decoder fills the missing part of a cut JPEG with grey and reports success, so the end is looked for here: the EOI marker
/// (ITU-T T.81, table B.1) behind the start of the first scan. What lies before may hold a thumbnail, which has an end of its own; cameras
/// append data behind it, so it need not be the last two bytes.
/// </summary>
internal static class JpegEnd
{
    private static ReadOnlySpan<byte> EndOfImage => [0xFF, 0xD9];

    public static bool IsPresent(ReadOnlySpan<byte> jpeg) => JpegSegments.Scans(jpeg).IndexOf(EndOfImage) >= 0;
}
