using Microsoft.AspNetCore.Http;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Access to the HTTP request behind an invocation.</summary>
public static class HttpContextExtensions
{
    internal const string ItemKey = "HttpRequestContext";

    /// <summary>The request of an HTTP function, or null for other triggers.</summary>
    public static HttpContext? GetHttpContext(this FunctionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Items.TryGetValue(ItemKey, out var http) ? http as HttpContext : null;
    }
}
