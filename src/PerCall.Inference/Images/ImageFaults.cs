namespace PerCall.Inference.Images;

/// <summary>Errors for invalid pictures. Each has its own code and a message for the person who sent the picture.</summary>
internal static class ImageFaults
{
    public const string Readable = "allowed: JPEG, PNG, WebP, GIF, BMP";

    public const string Heic = "a HEIC file";

    public static InvalidInputException Empty() => new("empty_image", "The image is empty: no bytes were sent.", "image");

    public static InvalidInputException Unsupported(string what) =>
        new("unsupported_image", $"The image is {what}, which is not supported; {Readable}.{AdviceFor(what)}", "image");

    public static InvalidInputException Address() =>
        new(
            "image_is_an_address",
            "The body is a URL, and this service does not fetch URLs. Download the picture and send its bytes.",
            "image");

    /// <summary>Advice for formats that people often send without choosing them, such as phone pictures and spreadsheets.</summary>
    private static string AdviceFor(string what) => what switch
    {
        Heic => " Save it as JPEG, or set the phone to do so; on an iPhone: Settings, Camera, Formats, Most Compatible.",
        _ when what.StartsWith("an Office", StringComparison.Ordinal) =>
            " To score a table, save it as CSV in UTF-8 and send it as a batch.",
        _ when what.StartsWith("a ZIP", StringComparison.Ordinal) => " Send an archive of pictures as a batch.",
        _ => "",
    };

    public static InvalidInputException NotAnImage() =>
        new("not_an_image", $"The body is not an image in a known format; {Readable}.", "image");

    public static InvalidInputException Truncated(string format) =>
        new("truncated_image", $"The {format} image is truncated: its data is incomplete.", "image");

    public static InvalidInputException Damaged(string format, string why) =>
        new("damaged_image", $"The {format} image is damaged and cannot be decoded ({why}).", "image");

    public static InvalidInputException TooLarge(int width, int height, long limit) =>
        new(
            "image_too_large",
            $"The image has {width} × {height} = {(long)width * height:N0} pixels; allowed: at most {limit:N0}.",
            "image");

    public static InvalidInputException TooLong(int width, int height, int limit) =>
        new(
            "image_too_large",
            $"The image has {width} × {height} pixels; this model allows at most {limit:N0} on a side.",
            "image");
}
