namespace PerCall.Inference.Images;

/// <summary>The ways in which bytes fail to be a picture, each with a code of its own and a sentence for the person who sent them.</summary>
internal static class ImageFaults
{
    public const string Readable = "JPEG, PNG, WebP, GIF and BMP are read";

    public const string Heic = "a HEIC file";

    public static InvalidInputException Empty() => new("empty_image", "The image is empty: no bytes were sent.", "image");

    public static InvalidInputException Unsupported(string what) =>
        new("unsupported_image", $"The image is {what}, which is not read here; {Readable}.{AdviceFor(what)}", "image");

    public static InvalidInputException Address() =>
        new("image_is_an_address", "The bytes are an address, and nothing is fetched: download the picture and send its bytes.", "image");

    /// <summary>What phones make by themselves, and what tables come as, is sent by people who did not choose it.</summary>
    private static string AdviceFor(string what) => what switch
    {
        Heic => " Save it as JPEG, or have the phone do so: on an iPhone Settings, Camera, Formats, Most Compatible.",
        _ when what.StartsWith("an Office", StringComparison.Ordinal) => " Save a table as CSV in UTF-8, and send that as a batch.",
        _ when what.StartsWith("a ZIP", StringComparison.Ordinal) => " An archive of pictures is sent as a batch.",
        _ => "",
    };

    public static InvalidInputException NotAnImage() =>
        new("not_an_image", $"The bytes are not an image in a known format; {Readable}.", "image");

    public static InvalidInputException Truncated(string format) =>
        new("truncated_image", $"The {format} image is truncated: its data ends before the picture does.", "image");

    public static InvalidInputException Damaged(string format, string why) =>
        new("damaged_image", $"The {format} image is damaged and cannot be decoded ({why}).", "image");

    public static InvalidInputException TooLarge(int width, int height, long limit) =>
        new("image_too_large", $"The image's header says {width} × {height} = {(long)width * height:N0} pixels; at most {limit:N0} are allowed.", "image");
}
