using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace PerCall.Functions.Requests;

/// <summary>
/// Decompresses bodies with <c>Content-Encoding</c> (RFC 9110, 8.4), so that all readers of a body see the decoded content.
/// </summary>
public static class ContentEncoding
{
    /// <summary>Maximum decompressed size in bytes. Each call has its own, smaller limit on the bytes that it reads.</summary>
    public const long MaxBytes = RequestServices.MaxBodyBytes;

    private const string Known = "gzip, br, deflate";

    /// <summary>Replaces the request's body by its decompressed content.</summary>
    /// <exception cref="RefusedException">415: the encoding is not supported.</exception>
    public static void Decode(HttpRequest request)
    {
        var encoding = request.Headers.ContentEncoding.ToString().Trim();
        if (encoding.Length == 0 || encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        Stream unpacked = encoding.ToLowerInvariant() switch
        {
            "gzip" or "x-gzip" => new GZipStream(request.Body, CompressionMode.Decompress),
            "br" => new BrotliStream(request.Body, CompressionMode.Decompress),
            "deflate" => new ZLibStream(request.Body, CompressionMode.Decompress),
            _ => throw new RefusedException(
                StatusCodes.Status415UnsupportedMediaType,
                "unsupported_content_encoding",
                $"The content encoding '{Page.Short(encoding)}' is not supported; allowed: {Known}, or no encoding.")
            {
                Headers = new Dictionary<string, string> { [HeaderNames.AcceptEncoding] = Known },
            },
        };
        request.HttpContext.Response.RegisterForDispose(unpacked);
        request.Body = new UnpackedBody(unpacked, encoding);
        request.ContentLength = null;
        request.Headers.Remove(HeaderNames.ContentEncoding);
    }

    /// <summary>
    /// Stops reading at <see cref="MaxBytes"/>, and reports a body that cannot be decompressed as the client's error.
    /// </summary>
    private sealed class UnpackedBody(Stream unpacked, string encoding) : ReadingStream
    {
        private long _length;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                var read = await unpacked.ReadAsync(buffer, cancellationToken);
                _length += read;
                return _length <= MaxBytes
                    ? read
                    : throw new RefusedException(
                        StatusCodes.Status413PayloadTooLarge,
                        "body_too_large",
                        $"The unpacked body is too large; allowed: at most {MaxBytes:N0} bytes.");
            }
            catch (InvalidDataException e)
            {
                throw RefusedException.BadRequest(
                    "damaged_body", $"The body cannot be unpacked as {encoding}, its content encoding.", inner: e);
            }
        }
    }
}
