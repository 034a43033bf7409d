using Microsoft.AspNetCore.Http;
using PerCall.Client.Wire;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Tenancy.Keys;

/// <summary>What both ways to keys have in common: how requests are read, and how a new key is answered.</summary>
public static class KeyRequests
{
    private const int MaxBytes = 16 * 1024;

    public static Task<CreateKeyRequest> ReadCreateAsync(HttpRequest request, CancellationToken cancellation) =>
        JsonBody.ReadAsync(
            request, RequestJson.Wire.CreateKeyRequest, "{\"name\": \"server\", \"roles\": [\"call\"]}", MaxBytes, cancellation);

    /// <summary>The body may be left out.</summary>
    public static async Task<RotateKeyRequest> ReadRotateAsync(HttpRequest request, CancellationToken cancellation) =>
        request.ContentLength is null or 0 && string.IsNullOrEmpty(request.ContentType)
            ? new()
            : await JsonBody.ReadAsync(request, RequestJson.Wire.RotateKeyRequest, "{\"overlap_seconds\": 86400}", MaxBytes, cancellation);

    /// <summary>Shown once, and kept by nobody on the way.</summary>
    public static IResult Created(HttpRequest request, NewApiKey key)
    {
        request.HttpContext.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(key, WireJson.Readable.NewApiKey, statusCode: StatusCodes.Status201Created);
    }
}
