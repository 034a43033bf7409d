using Microsoft.AspNetCore.Http;

namespace PerCall.Functions.Requests;

/// <summary>Security headers of every response: no MIME sniffing, no script execution, no framing.</summary>
public static class AnswerHeaders
{
    /// <summary>Says that a large model generated the answer.</summary>
    public const string AiGenerated = "x-percall-ai-generated";

    /// <summary>
    /// The length of the JSON in bytes, in a body with binary tensors after the JSON (Open Inference Protocol).
    /// </summary>
    public const string JsonLength = "Inference-Header-Content-Length";

    /// <summary>The Content-Security-Policy of every response that is not a page.</summary>
    private const string Policy = "default-src 'none'; frame-ancestors 'none'";

    private const string Year = "max-age=31536000";

    /// <summary>Says that a large model generated the answer, or some of it.</summary>
    public static void MarkAiGenerated(HttpResponse response) => response.Headers[AiGenerated] = "true";

    /// <param name="http">The context, before the response starts. Headers that the function has set are kept.</param>
    /// <param name="isKeyed">Whether the response is only for the holder of a key.</param>
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

        // A proxy that terminates TLS sets this header. A client that forges it affects only itself.
        if (http.Request.IsHttps || http.Request.Headers["X-Forwarded-Proto"] == "https")
        {
            headers.StrictTransportSecurity = Year;
        }
    }
}
