using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace PerCall.Hosting.Http;

/// <summary>Configures Kestrel like the Functions host: its body limit, its default address, its CORS setting.</summary>
internal static class WebServer
{
    public const string HostNameKey = "WEBSITE_HOSTNAME";

    private const long MaxRequestBodySize = 104_857_600;

    public static void Configure(WebApplicationBuilder builder)
    {
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel((context, kestrel) =>
        {
            kestrel.Configure(context.Configuration.GetSection("Kestrel"));
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxRequestBodySize;
        });
        builder.Services.AddRouting();
        builder.Services.AddCors();
    }

    /// <summary>Listens on the default address of the Functions host's tools, unless the configuration sets another.</summary>
    public static void UseDefaultAddress(WebApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        if (configuration["urls"] is null && configuration["http_ports"] is null && configuration["https_ports"] is null &&
            !configuration.GetSection("Kestrel:Endpoints").Exists())
        {
            builder.WebHost.UseUrls($"http://localhost:{configuration["LocalSettings:Host:LocalHttpPort"] ?? "7071"}");
        }
    }

    public static void UseLocalCors(WebApplication app)
    {
        if (app.Configuration["LocalSettings:Host:CORS"] is not { Length: > 0 } origins)
        {
            return;
        }

        var credentials = app.Configuration.GetValue<bool>("LocalSettings:Host:CORSCredentials");
        app.UseCors(policy =>
        {
            policy.WithOrigins(origins.Split(',', StringSplitOptions.TrimEntries)).AllowAnyMethod().AllowAnyHeader();
            if (credentials)
            {
                policy.AllowCredentials();
            }
        });
    }

    /// <summary>Returns host and port of the first bound address.</summary>
    public static string HostName(IEnumerable<string> boundAddresses)
    {
        var address = BindingAddress.Parse(boundAddresses.First());
        var anyInterface = address.Host is "*" or "+" or "[::]" or "0.0.0.0";
        return $"{(anyInterface ? "localhost" : address.Host)}:{address.Port}";
    }
}
