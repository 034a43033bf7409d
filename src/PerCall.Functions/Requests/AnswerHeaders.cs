using Microsoft.AspNetCore.Http;

namespace PerCall.Functions.Requests;

/// <summary>What browsers are told of every answer: to take it for what it says it is, to run nothing of it, to frame it nowhere.</summary>
public static class AnswerHeaders
{
    /// <summary>Of all that is no page.</summary>
    private const string Policy = "default-src 'none'; frame-ancestors 'none'";

    private const string Year = "max-age=31536000";

    /// <param name="http">Before the answer begins; what the function has set stays.</param>
    /// <param name="isKeyed">Whether it is for the holder of a key alone.</param>
    public static void Add(HttpContext http, bool isKeyed)
    {
        var headers = http.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        if (headers.ContentSecurityPolicy.Count == 0)
        {
            headers.ContentSecurityPolicy = Policy;
        }

        if (isKeyed && headers.CacheControl.Count == 0)
        {
            headers.CacheControl = "no-store";
        }

        // Who ends TLS in front says so. A client that lies to itself loses nothing.
        if (http.Request.IsHttps || http.Request.Headers["X-Forwarded-Proto"] == "https")
        {
            headers.StrictTransportSecurity = Year;
        }
    }
}
