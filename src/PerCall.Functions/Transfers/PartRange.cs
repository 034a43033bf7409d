using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Transfers;

/// <summary>The <c>Content-Range</c> of an upload: a part of a file, or the question what has arrived.</summary>
/// <param name="From">The offset of the part's first byte; null: the request asks what has arrived, and has no body.</param>
/// <param name="Length">The part's length in bytes; 0 for a question.</param>
/// <param name="Total">The file's length in bytes.</param>
public readonly record struct PartRange(long? From, long Length, long Total)
{
    private const string Forms =
        "allowed: 'bytes 0-8388607/20000000' for a part, or 'bytes */20000000' without a body to ask what has arrived";

    /// <summary>The offset behind the part's last byte.</summary>
    public long End => From.GetValueOrDefault() + Length;

    /// <returns>Null: the request has the whole file.</returns>
    /// <exception cref="RefusedException">400: the header is invalid, or contradicts the body's length.</exception>
    public static PartRange? Of(HttpRequest request)
    {
        var text = request.Headers.ContentRange.ToString();
        if (text.Length == 0)
        {
            return null;
        }

        if (!ContentRangeHeaderValue.TryParse(text, out var range) || range.Unit != "bytes" || range.Length is not > 0)
        {
            throw Invalid($"is '{Page.Short(text)}'");
        }

        var part = new PartRange(range.From, range.From is { } from ? range.To!.Value - from + 1 : 0, range.Length.Value);
        if (request.ContentLength is { } length && length != part.Length)
        {
            throw Invalid($"is '{text}', but the body has {length:N0} bytes");
        }

        return part;
    }

    /// <summary>Returns the error for a body that is shorter or longer than its range.</summary>
    public RefusedException OtherLength(string length) => Invalid($"names {Length:N0} bytes, but the body has {length}");

    private static RefusedException Invalid(string what) =>
        RefusedException.BadRequest("invalid_content_range", $"'Content-Range' {what}; {Forms}.", "Content-Range");
}
