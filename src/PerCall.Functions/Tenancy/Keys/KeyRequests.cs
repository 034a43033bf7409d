using Microsoft.AspNetCore.Http;
using PerCall.Client.Wire;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Tenancy.Keys;

/// <summary>Reads requests and writes responses for both sets of key endpoints.</summary>
public static class KeyRequests
{
    private const int MaxBytes = 16 * 1024;

    public static Task<CreateKeyRequest> ReadCreateAsync(HttpRequest request, CancellationToken cancellation) =>
        JsonBody.ReadAsync(
            request, RequestJson.Wire.CreateKeyRequest, "{\"name\": \"server\", \"roles\": [\"call\"]}", MaxBytes, cancellation);

    /// <summary>Reads the body, which is optional.</summary>
    public static async Task<RotateKeyRequest> ReadRotateAsync(HttpRequest request, CancellationToken cancellation) =>
        request.ContentLength is null or 0 && string.IsNullOrEmpty(request.ContentType)
            ? new()
            : await JsonBody.ReadAsync(request, RequestJson.Wire.RotateKeyRequest, "{\"overlap_seconds\": 86400}", MaxBytes, cancellation);

    /// <summary>Returns a new key. It is shown only once, and the response must not be cached.</summary>
    public static IResult Created(HttpRequest request, NewApiKey key)
    {
        request.HttpContext.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(key, WireJson.Readable.NewApiKey, statusCode: StatusCodes.Status201Created);
    }
}
