using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using PerCall.Functions.Requests;

namespace PerCall.Functions.OpenInference;

/// <summary>
/// Reads a call with tensors: JSON, and binary data after it. Both parts are read into memory of their own, so that the first binary tensor
/// begins at an address that suits every element type.
/// </summary>
public sealed class InferRequestReader(IOptions<OpenInferenceOptions> options)
{
    private const string Binary = "application/octet-stream";

    private readonly int _maxBytes = options.Value.MaxBytes;

    /// <exception cref="RefusedException">The body has another content type, is too long, or is not a call.</exception>
    /// <exception cref="Inference.InvalidInputException">A tensor contradicts its shape or type.</exception>
    public async Task<InferCall> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        var length = JsonLengthOf(request);
        RequireContentType(request.ContentType, length is not null);
        var memory = BodyMemory.Of(request.HttpContext);
        var parts = new List<IDisposable>();
        try
        {
            if (request.ContentLength > _maxBytes)
            {
                throw JsonBody.TooLong(_maxBytes);
            }

            var json = await ReadAsync(
                length is { } known ? new PartOfBody(request.Body, known) : request.Body, length ?? request.ContentLength, _maxBytes);
            if (length > json.Length)
            {
                throw InferFaults.Header($"is {length}, but the body has only {json.Length} bytes.");
            }

            var rest = request.ContentLength - length;
            var binary = length is null ? null : await ReadAsync(request.Body, rest, _maxBytes - json.Length);
            var started = Stopwatch.GetTimestamp();
            var buffers = new RequestBuffers(memory, parts);
            var message = new InferParser(json.Memory, binary?.Memory, buffers).Parse();
            return new(message, Stopwatch.GetElapsedTime(started), parts);
        }
        catch
        {
            parts.ForEach(p => p.Dispose());
            throw;
        }

        async Task<RentedBody> ReadAsync(Stream stream, long? declared, int limit)
        {
            var body = await RentedBody.ReadAsync(stream, declared, limit, () => JsonBody.TooLong(_maxBytes), memory, cancellation);
            parts.Add(body);
            return body;
        }
    }

    private int? JsonLengthOf(HttpRequest request)
    {
        var text = request.Headers[AnswerHeaders.JsonLength].ToString();
        if (text.Length == 0)
        {
            return null;
        }

        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length == 0)
        {
            throw InferFaults.Header($"is '{Page.Short(text)}'; expected the length of the JSON in bytes, 1 or more.");
        }

        if (length > _maxBytes)
        {
            throw JsonBody.TooLong(_maxBytes);
        }

        return length <= (request.ContentLength ?? length)
            ? (int)length
            : throw InferFaults.Header($"is {length}, but the body has only {request.ContentLength} bytes.");
    }

    /// <summary>Clients of the protocol may send no content type.</summary>
    private static void RequireContentType(string? contentType, bool hasLength)
    {
        if (string.IsNullOrEmpty(contentType))
        {
            return;
        }

        var media = MediaTypeHeaderValue.TryParse(contentType, out var type) ? type.MediaType.Value : null;
        if (string.Equals(media, Binary, StringComparison.OrdinalIgnoreCase))
        {
            if (!hasLength)
            {
                throw InferFaults.Header($"is missing; a body of {Binary} needs it.");
            }
        }
        else if (!string.Equals(media, "application/json", StringComparison.OrdinalIgnoreCase))
        {
            throw InferFaults.ContentType(contentType);
        }
    }
}
