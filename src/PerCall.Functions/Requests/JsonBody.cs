using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using PerCall.Inference;

namespace PerCall.Functions.Requests;

/// <summary>Reads a request's body as JSON of a given type. Every mismatch is rejected with an error that names it.</summary>
public static class JsonBody
{
    private const string Spreadsheet =
        "The body is a spreadsheet or another Office document; expected JSON. Save the table as CSV in UTF-8 and send it as a "
        + "batch: POST /v1/files, then POST /v1/batches.";

    /// <param name="request">The request.</param>
    /// <param name="type">The expected type.</param>
    /// <param name="form">The expected form as an error message shows it, for example <c>{"input", "model"}</c>.</param>
    /// <param name="maxBytes">Maximum length in bytes.</param>
    /// <param name="cancellation">Cancels the read.</param>
    /// <exception cref="RefusedException">The body has another content type, is too long, is not UTF-8, or does not match.</exception>
    public static async Task<T> ReadAsync<T>(
        HttpRequest request, JsonTypeInfo<T> type, string form, int maxBytes, CancellationToken cancellation)
    {
        using var body = await ReadAsync(request, maxBytes, cancellation);
        return Parse(body.Span, type, form);
    }

    /// <summary>Reads the bytes of a request with a JSON content type.</summary>
    /// <exception cref="RefusedException">The body has another content type, or is too long.</exception>
    public static Task<RentedBody> ReadAsync(HttpRequest request, int maxBytes, CancellationToken cancellation)
    {
        RequireJson(request.ContentType);
        return RentedBody.ReadAsync(request, maxBytes, () => TooLong(maxBytes), cancellation);
    }

    /// <summary>Parses bytes. Skips a byte order mark.</summary>
    /// <exception cref="RefusedException">The bytes are not UTF-8, do not match the type, or have an unknown member.</exception>
    public static T Parse<T>(ReadOnlySpan<byte> utf8, JsonTypeInfo<T> type, string form) => RequestJson.RefusesUnknownMembers(type)
        ? ParseRow(utf8, type, form)
        : throw new InvalidOperationException(
            $"A body is read as {typeof(T).Name}, which ignores unknown members.");

    /// <summary>Same as <see cref="Parse"/>, for a row of a file: unknown members belong to the sender and are ignored.</summary>
    public static T ParseRow<T>(ReadOnlySpan<byte> utf8, JsonTypeInfo<T> type, string form)
    {
        utf8 = Text(utf8);
        try
        {
            return JsonSerializer.Deserialize(utf8, type) ?? throw RefusedException.BadRequest(
                "malformed_json", $"The body is null; expected {form}.");
        }
        catch (JsonException e)
        {
            throw new JsonFault(form, e).Explain(utf8, type);
        }
    }

    /// <summary>Returns the text without a byte order mark.</summary>
    /// <exception cref="RefusedException">The bytes are an Office document, or not UTF-8.</exception>
    public static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> utf8)
    {
        if (utf8.StartsWith("\uFEFF"u8))
        {
            utf8 = utf8[3..];
        }

        if (OfficeDocument.IsOne(utf8))
        {
            throw new RefusedException(StatusCodes.Status415UnsupportedMediaType, "unsupported_content_type", Spreadsheet);
        }

        return Utf8.IsValid(utf8) ? utf8 : throw RefusedException.BadRequest(
            "invalid_utf8", $"The body is not valid UTF-8, first at byte {FirstInvalid(utf8)}; send JSON in UTF-8.");
    }

    private static void RequireJson(string? contentType)
    {
        if (MediaTypeHeaderValue.TryParse(contentType, out var type) && type.MediaType.Equals(
            "application/json", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        if (contentType is not null && IsSpreadsheet(contentType))
        {
            throw new RefusedException(StatusCodes.Status415UnsupportedMediaType, "unsupported_content_type", Spreadsheet);
        }

        var named = string.IsNullOrEmpty(contentType)
            ? "The content type is missing"
            : $"The content type '{Page.Short(contentType)}' is not supported";
        throw new RefusedException(
            StatusCodes.Status415UnsupportedMediaType,
            "unsupported_content_type",
            $"{named}; send application/json: -H 'content-type: application/json'.");
    }

    /// <summary>Whether the content type is that of an Excel or OpenDocument spreadsheet.</summary>
    public static bool IsSpreadsheet(string contentType) =>
        contentType.Contains("spreadsheet", StringComparison.OrdinalIgnoreCase)
        || contentType.Contains("ms-excel", StringComparison.OrdinalIgnoreCase);

    private static int FirstInvalid(ReadOnlySpan<byte> utf8)
    {
        var at = 0;
        while (at < utf8.Length && System.Text.Rune.DecodeFromUtf8(
            utf8[at..], out _, out var consumed) == System.Buffers.OperationStatus.Done)
        {
            at += consumed;
        }

        return at;
    }

    public static RefusedException TooLong(int maxBytes) =>
        new(
            StatusCodes.Status413PayloadTooLarge, "body_too_large",
            $"The body is too large; allowed for this call: at most {maxBytes:N0} bytes.");
}
