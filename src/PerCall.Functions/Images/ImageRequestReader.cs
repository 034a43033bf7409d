using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Images;

/// <summary>
/// Reads an image from a request: from the raw body, a multipart file, or base64 in JSON. Fields of the body override the query.
/// </summary>
public sealed class ImageRequestReader
{
    /// <summary>Bytes allowed for the JSON or multipart around the image. In addition, base64 takes 4 bytes for 3.</summary>
    private const int Overhead = 16 * 1024;

    private readonly int _maxBytes;

    public ImageRequestReader(IOptions<ImageOptions> options) => _maxBytes = options.Value.MaxBytes;

    /// <exception cref="RefusedException">The body is too long, has an unsupported type, or does not match its type.</exception>
    public async Task<ImageRequest> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        var (model, topK) = (request.Query["model"].ToString() is { Length: > 0 } m ? m : null, TopK(request.Query["top_k"]));
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type))
        {
            return string.IsNullOrEmpty(request.ContentType)
                ? await RawAsync(request, model, topK, cancellation)
                : throw Unsupported(request.ContentType);
        }

        return type.MediaType.Value?.ToLowerInvariant() switch
        {
            "application/octet-stream" => await RawAsync(request, model, topK, cancellation),
            "application/json" => await JsonAsync(request, model, topK, cancellation),
            "multipart/form-data" => await MultipartAsync(request, model, topK, cancellation),
            { } name when name.StartsWith("image/", StringComparison.Ordinal) => await RawAsync(request, model, topK, cancellation),
            { } name => throw Unsupported(name),
            null => throw Unsupported(""),
        };
    }

    private static int? TopK(string? text) => string.IsNullOrEmpty(text)
        ? null
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw RefusedException.BadRequest(
                "invalid_top_k", $"'top_k' is '{(text.Length <= 40 ? text : text[..40])}'; expected a whole number.", "top_k");

    private static RefusedException Unsupported(string type) => new(
        StatusCodes.Status415UnsupportedMediaType,
        "unsupported_content_type",
        JsonBody.IsSpreadsheet(type)
            ? $"The content type '{Page.Short(type)}' is not supported; send a picture. "
                + "To score a table, save it as CSV in UTF-8 and send it as a batch: POST /v1/files, then POST /v1/batches."
        : type == "application/x-www-form-urlencoded"
            ? $"The content type {type} is not supported. It is curl's default; set another: -H 'content-type: image/jpeg'."
            : $"The content type '{(type.Length <= 100 ? type : type[..100])}' is not supported; "
                + "allowed: image/*, application/octet-stream, multipart/form-data, application/json.");

    /// <summary>Returns the maximum size in bytes of a JSON body with an image of the given size in bytes.</summary>
    public static int JsonBytes(int image) => (int)Math.Min(int.MaxValue, (image * 4L / 3) + Overhead);

    public static RefusedException TooLong(int maxBytes) => new(
        StatusCodes.Status413PayloadTooLarge, "body_too_large", $"The image is too large; allowed: at most {maxBytes:N0} bytes.", "image");

    public static RefusedException Missing() => RefusedException.BadRequest(
        "missing_image", "The JSON body has no 'image'; it must contain the picture in base64.", "image");

    public static RefusedException Address() => RefusedException.BadRequest(
        "image_is_an_address",
        "'image' is a URL, and this service does not fetch URLs. Download the picture and send its bytes: in base64 as 'image', or as "
            + "the body of a single call.",
        "image");

    public static RefusedException MalformedBase64() => RefusedException.BadRequest(
        "malformed_base64", "'image' is not valid base64; it must contain the bytes of the picture in base64.", "image");

    private RefusedException TooLong() => TooLong(_maxBytes);

    private async Task<ImageRequest> RawAsync(HttpRequest request, string? model, int? topK, CancellationToken cancellation)
    {
        var body = await RentedBody.ReadAsync(request, _maxBytes, TooLong, cancellation);
        return new(model, topK, body.Take(), body.Length);
    }

    private async Task<ImageRequest> MultipartAsync(HttpRequest request, string? model, int? topK, CancellationToken cancellation)
    {
        var form = await FormBody.ReadAsync(
            request, new() { MultipartBodyLengthLimit = _maxBytes + Overhead, ValueCountLimit = 16, ValueLengthLimit = 1024 }, TooLong,
            cancellation);
        if (form.Keys.FirstOrDefault(k => k is not ("model" or "top_k")) is { } unknown)
        {
            var name = Page.Short(unknown);
            throw RefusedException.BadRequest(
                "unknown_member", $"Unknown field '{name}'; allowed: the picture as a file, model, top_k.", name);
        }

        if (form.Files.Count != 1)
        {
            throw RefusedException.BadRequest(
                "one_image_expected", $"The multipart body has {form.Files.Count} files; expected one, the image.", "image");
        }

        await using var file = form.Files[0].OpenReadStream();
        var body = await RentedBody.ReadAsync(
            file, form.Files[0].Length, _maxBytes, TooLong, BodyMemory.Of(request.HttpContext), cancellation);
        return new(form["model"].ToString() is { Length: > 0 } m ? m : model, TopK(form["top_k"]) ?? topK, body.Take(), body.Length);
    }

    private async Task<ImageRequest> JsonAsync(HttpRequest request, string? model, int? topK, CancellationToken cancellation)
    {
        using var read = await RentedBody.ReadAsync(request, JsonBytes(_maxBytes), TooLong, cancellation);
        var body = JsonBody.Parse(read.Span, ImageJson.Strict.ImageBody, "{\"image\", \"model\", \"top_k\"}");
        var (image, length) = body.Image ?? throw Missing();
        var call = new ImageRequest(body.Model ?? model, body.TopK ?? topK, image, length);
        if (length > _maxBytes)
        {
            call.Dispose();
            throw TooLong();
        }

        return call;
    }
}
