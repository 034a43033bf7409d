using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace PerCall.Functions.Requests;

/// <summary>Reads a request's body as JSON of one form; every way in which it can be something else is a refusal that says which.</summary>
internal static class JsonBody
{
    /// <param name="request">The request.</param>
    /// <param name="type">The form.</param>
    /// <param name="form">The form as a sentence shows it, for example <c>{"input", "model"}</c>.</param>
    /// <param name="maxBytes">Bytes that are taken.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="RefusedException">The body is of another type, too long, no UTF-8, or not of the form.</exception>
    public static async Task<T> ReadAsync<T>(HttpRequest request, JsonTypeInfo<T> type, string form, int maxBytes, CancellationToken cancellation)
    {
        using var body = await ReadAsync(request, maxBytes, cancellation);
        return Parse(body.Span, type, form);
    }

    /// <summary>The bytes of a request that says they are JSON.</summary>
    /// <exception cref="RefusedException">The body is of another type, or too long.</exception>
    public static Task<RentedBody> ReadAsync(HttpRequest request, int maxBytes, CancellationToken cancellation)
    {
        RequireJson(request.ContentType);
        return RentedBody.ReadAsync(request, maxBytes, () => TooLong(maxBytes), cancellation);
    }

    /// <summary>Parses bytes that have been read; a byte order mark is passed over.</summary>
    /// <exception cref="RefusedException">They are no UTF-8, or not of the form.</exception>
    public static T Parse<T>(ReadOnlySpan<byte> utf8, JsonTypeInfo<T> type, string form)
    {
        if (utf8.StartsWith("\uFEFF"u8))
        {
            utf8 = utf8[3..];
        }

        if (!Utf8.IsValid(utf8))
        {
            throw RefusedException.BadRequest("invalid_utf8", $"The body is not valid UTF-8, first at byte {FirstInvalid(utf8)}; JSON is sent in UTF-8.");
        }

        try
        {
            return JsonSerializer.Deserialize(utf8, type) ?? throw RefusedException.BadRequest("malformed_json", $"The body is the JSON value null; {form} is expected.");
        }
        catch (JsonException e)
        {
            var param = e.Path is { Length: > 2 } path && path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : null;
            var where = param is null ? "" : $" at '{param}'";
            throw RefusedException.BadRequest("malformed_json", $"The body is no JSON of the form {form}{where}: {Reason(e)}", param, e);
        }
    }

    private static void RequireJson(string? contentType)
    {
        if (MediaTypeHeaderValue.TryParse(contentType, out var type) && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        var named = string.IsNullOrEmpty(contentType) ? "There is no content type" : $"The content type '{(contentType.Length <= 100 ? contentType : contentType[..100])}' is not read here";
        throw new RefusedException(StatusCodes.Status415UnsupportedMediaType, "unsupported_content_type", $"{named}; application/json is expected: -H 'content-type: application/json'.");
    }

    /// <summary>The serializer's sentence without .NET's names: those of types mean nothing to a caller.</summary>
    private static string Reason(JsonException e)
    {
        // The reader's words for an escape such as \ud800; other kinds of fault come as the same exception.
        if (e.InnerException is InvalidOperationException { Message: var why } && (why.Contains("UTF-16", StringComparison.Ordinal) || why.Contains("surrogate", StringComparison.Ordinal)))
        {
            return $"an escape there is half of a surrogate pair, which stands for no character (line {e.LineNumber + 1}).";
        }

        var message = e.Message.Split(" Path:", 2)[0];
        return message.Contains("could not be converted", StringComparison.Ordinal)
            ? $"the value there is of another type (line {e.LineNumber + 1})."
            : $"{message.TrimEnd('.')} (line {e.LineNumber + 1}).";
    }

    private static int FirstInvalid(ReadOnlySpan<byte> utf8)
    {
        var at = 0;
        while (at < utf8.Length && System.Text.Rune.DecodeFromUtf8(utf8[at..], out _, out var consumed) == System.Buffers.OperationStatus.Done)
        {
            at += consumed;
        }

        return at;
    }

    public static RefusedException TooLong(int maxBytes) =>
        new(StatusCodes.Status413PayloadTooLarge, "body_too_large", $"The body is longer than {maxBytes:N0} bytes, which is what this call takes.");
}
