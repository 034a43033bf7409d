using Microsoft.AspNetCore.Http;
using PerCall.Client.Wire;

namespace PerCall.Functions.Requests;

/// <summary>Reads requests and writes responses for all endpoints of keys: tenants' and operators'.</summary>
public static class KeyRequests
{
    private const int MaxBytes = 16 * 1024;

    /// <param name="request">The request.</param>
    /// <param name="role">A role of this kind of key, for the example in an error.</param>
    /// <param name="cancellation">Cancels the read.</param>
    public static Task<CreateKeyRequest> ReadCreateAsync(HttpRequest request, string role, CancellationToken cancellation) =>
        JsonBody.ReadAsync(
            request, RequestJson.Wire.CreateKeyRequest, $"{{\"name\": \"server\", \"roles\": [\"{role}\"]}}", MaxBytes, cancellation);

    /// <summary>Reads the body, which is optional.</summary>
    public static async Task<RotateKeyRequest> ReadRotateAsync(HttpRequest request, CancellationToken cancellation) =>
        request.ContentLength is null or 0 && string.IsNullOrEmpty(request.ContentType)
            ? new()
            : await JsonBody.ReadAsync(request, RequestJson.Wire.RotateKeyRequest, "{\"overlap_seconds\": 86400}", MaxBytes, cancellation);

    /// <summary>Returns the requested expiry in UTC; null when the key does not expire.</summary>
    /// <exception cref="RefusedException">The time is not in the future.</exception>
    public static DateTimeOffset? ExpiryOf(CreateKeyRequest body, DateTimeOffset now) =>
        body.ExpiresAt is not { } expires ? null
        : expires > now ? expires.ToUniversalTime()
        : throw RefusedException.BadRequest("invalid_expires_at", $"'expires_at' is {expires:O}, which is in the past.", "expires_at");

    /// <summary>Returns a new key. It is shown only once, and the response must not be cached.</summary>
    public static IResult Created(HttpRequest request, NewApiKey key)
    {
        request.HttpContext.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(key, WireJson.Readable.NewApiKey, statusCode: StatusCodes.Status201Created);
    }
}
