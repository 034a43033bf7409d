using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace PerCall.Hosting.Http;

/// <summary>Maps HTTP functions to ASP.NET Core's endpoint routing, which selects among their routes.</summary>
internal static class HttpEndpoints
{
    public static void Map(WebApplication app, IEnumerable<HttpFunction> functions)
    {
        app.UseRouting();
        foreach (var (function, route, methods) in functions)
        {
            RequestDelegate handle = http => http.RequestServices.GetRequiredService<HttpFunctionHandler>().HandleAsync(function, http);
            var endpoint = methods.Count == 0 ? app.Map(route, handle) : app.MapMethods(route.RawText!, methods, handle);
            endpoint.WithDisplayName(function.Name);
        }
    }
}
