using Microsoft.AspNetCore.Http;

namespace PerCall.Functions.Requests;

/// <summary>Finds the key in the headers that existing clients use: those of OpenAI, Hugging Face, Azure OpenAI and others.</summary>
public static class SentKey
{
    private const string Bearer = "Bearer ";

    public static string? From(HttpRequest request)
    {
        if (request.Headers.Authorization is [{ } authorization] && authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            return authorization[Bearer.Length..].Trim();
        }

        return request.Headers["api-key"] is [{ Length: > 0 } key] ? key : request.Headers["x-api-key"] is [{ Length: > 0 } other]
            ? other : null;
    }
}
