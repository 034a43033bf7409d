using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PerCall.Client.Wire;

namespace PerCall.Functions.Requests;

/// <summary>Registers what all HTTP functions share.</summary>
internal static class RequestServices
{
    /// <summary>As host.json's own limit; the worker's server would stop at 30 MB.</summary>
    private const long MaxBodyBytes = 104_857_600;

    public static void AddRequests(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(FunctionRoutes.Discover());
        builder.Services.AddOptions<FailedKeyOptions>()
            .BindConfiguration(FailedKeyOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<FailedKeys>();
        builder.Services.Configure<KestrelServerOptions>(o => o.Limits.MaxRequestBodySize = MaxBodyBytes);
        builder.Services.Configure<JsonOptions>(UseWireJson);
    }

    /// <summary>Answers are written as the client's records say.</summary>
    public static void UseWireJson(JsonOptions options)
    {
        var wire = WireJson.Readable.Options;
        options.SerializerOptions.TypeInfoResolverChain.Insert(0, WireJson.Default);
        options.SerializerOptions.PropertyNamingPolicy = wire.PropertyNamingPolicy;
        options.SerializerOptions.DefaultIgnoreCondition = wire.DefaultIgnoreCondition;
        options.SerializerOptions.Encoder = wire.Encoder;
    }
}
