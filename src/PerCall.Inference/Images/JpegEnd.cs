namespace PerCall.Inference.Images;

/// <summary>
/// The decoder fills the missing part of a cut JPEG with grey and reports success, so the end is looked for here: the EOI marker
/// (ITU-T T.81, table B.1) with something after the start. Cameras append data behind it, so it need not be the last two bytes.
/// </summary>
internal static class JpegEnd
{
    private static ReadOnlySpan<byte> EndOfImage => [0xFF, 0xD9];

    public static bool IsPresent(ReadOnlySpan<byte> jpeg) => jpeg.LastIndexOf(EndOfImage) > 0;
}
