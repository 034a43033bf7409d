using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;
using PerCall.Hosting.Configuration;

namespace PerCall.Hosting.Http;

/// <summary>
/// <c>GET /metrics</c>: the application's metrics in the Prometheus text format. It requires the configured key. Without a key it is
/// available only in development, to clients on the same machine that do not come through a proxy. For all other requests it does not
/// exist.
/// </summary>
internal static class MetricsPage
{
    private const string Path = "/metrics";
    private const string Bearer = "Bearer ";

    public static void Add(IServiceCollection services) => services.AddOpenTelemetry().WithMetrics(m => m.AddPrometheusExporter());

    public static void Use(WebApplication app)
    {
        var key = app.Services.GetRequiredService<HostingOptions>().MetricsKey;
        var development = app.Environment.IsDevelopment();
        app.UseOpenTelemetryPrometheusScrapingEndpoint(http =>
        {
            var opens = http.Request.Path.Equals(Path) && HttpMethods.IsGet(http.Request.Method) && IsOpenTo(http, key, development);
            if (opens)
            {
                http.Response.Headers.XContentTypeOptions = "nosniff";
                http.Response.Headers.CacheControl = "no-store";
            }

            return opens;
        });
    }

    private static bool IsOpenTo(HttpContext http, string? key, bool development)
    {
        if (key is not null)
        {
            var sent = http.Request.Headers.Authorization.ToString();
            return sent.StartsWith(Bearer, StringComparison.Ordinal) && CryptographicOperations.FixedTimeEquals(
                Encoding.UTF8.GetBytes(sent[Bearer.Length..]), Encoding.UTF8.GetBytes(key));
        }

        var headers = http.Request.Headers;
        return development
            && http.Connection.RemoteIpAddress is { } address
            && IPAddress.IsLoopback(address)
            && !headers.ContainsKey("Forwarded") && !headers.ContainsKey("X-Forwarded-For");
    }
}
