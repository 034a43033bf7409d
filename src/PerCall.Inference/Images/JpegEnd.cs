namespace PerCall.Inference.Images;

/// <summary>
/// Detects truncated JPEGs, which the decoder fills up with grey and reports as success. Searches the EOI marker (ITU-T T.81, table B.1)
/// after the start of the first scan. A thumbnail before it may have its own end marker. Cameras append data after it, so it need not be
/// the last two bytes.
/// </summary>
internal static class JpegEnd
{
    private static ReadOnlySpan<byte> EndOfImage => [0xFF, 0xD9];

    public static bool IsPresent(ReadOnlySpan<byte> jpeg) => JpegSegments.Scans(jpeg).IndexOf(EndOfImage) >= 0;
}
