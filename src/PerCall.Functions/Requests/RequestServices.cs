using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PerCall.Client.Wire;
using PerCall.Functions.Routes;

namespace PerCall.Functions.Requests;

/// <summary>Registers what all HTTP functions share.</summary>
public static class RequestServices
{
    /// <summary>The host's body limit in bytes. The worker's own server would stop at 30 MB.</summary>
    public const long MaxBodyBytes = 104_857_600;

    private static readonly TimeSpan SlowStart = TimeSpan.FromSeconds(10);

    public static void AddRequests(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(FunctionRoutes.Discover());
        builder.Services.AddOptions<RequestOptions>().BindConfiguration(RequestOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<BodyBudget>();
        builder.Services.AddOptions<KestrelServerOptions>().Configure<IOptions<RequestOptions>>((kestrel, options) =>
        {
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
            kestrel.Limits.MinRequestBodyDataRate = new(options.Value.BodyBytesPerSecond, SlowStart);
        });
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, ReceiveBlocks>();
        builder.Services.AddOptions<FailedKeyOptions>()
            .BindConfiguration(FailedKeyOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<FailedKeys>();
        builder.Services.Configure<JsonOptions>(UseWireJson);
    }

    /// <summary>Makes responses use the client records' JSON settings.</summary>
    public static void UseWireJson(JsonOptions options)
    {
        var wire = WireJson.Readable.Options;
        options.SerializerOptions.TypeInfoResolverChain.Insert(0, WireJson.Default);
        options.SerializerOptions.PropertyNamingPolicy = wire.PropertyNamingPolicy;
        options.SerializerOptions.DefaultIgnoreCondition = wire.DefaultIgnoreCondition;
        options.SerializerOptions.Encoder = wire.Encoder;
    }
}
