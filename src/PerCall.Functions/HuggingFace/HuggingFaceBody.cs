using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using PerCall.Functions.Requests;

namespace PerCall.Functions.HuggingFace;

/// <summary>The body of a call: JSON, or the bytes of a picture. Its memory is valid until it is disposed of.</summary>
/// <param name="body">The bytes.</param>
/// <param name="inputs">For JSON: the kind of the member <c>inputs</c>, <c>None</c> if it is missing. Null for a picture.</param>
public sealed class HuggingFaceBody(RentedBody body, JsonTokenType? inputs) : IDisposable
{
    /// <summary>Whether the body is JSON.</summary>
    public bool IsJson => inputs is not null;

    /// <summary>The kind of the member <c>inputs</c>; <c>None</c> if the body does not have it.</summary>
    public JsonTokenType Inputs => inputs ?? JsonTokenType.None;

    /// <summary>All bytes.</summary>
    public ReadOnlyMemory<byte> Bytes => body.Memory;

    /// <summary>Parses the JSON as the body of one task.</summary>
    /// <param name="type">The body's type.</param>
    /// <param name="form">The form of a body, as an error message shows it.</param>
    /// <exception cref="RefusedException">The body is a picture, or does not match the type.</exception>
    public T Parse<T>(JsonTypeInfo<T> type, string form) => IsJson
        ? JsonBody.Parse(body.Span, type, form)
        : throw new RefusedException(
            StatusCodes.Status415UnsupportedMediaType,
            "unsupported_content_type",
            $"The model reads JSON of the form {form}; send application/json: -H 'content-type: application/json'.");

    public void Dispose() => body.Dispose();
}
