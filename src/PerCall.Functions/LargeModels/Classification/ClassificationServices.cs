using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PerCall.Functions.Credentials;
using PerCall.Inference.LargeModels;
using PerCall.LargeModels;
using PerCall.LargeModels.Providers;

namespace PerCall.Functions.LargeModels.Classification;

/// <summary>Registers packages whose model is a large model.</summary>
public static class ClassificationServices
{
    public static void AddLargeModelClassification(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        if (!services.Any(d => d.ServiceType == typeof(ILargeModelProvider)))
        {
            services.AddLargeModelProviders(builder.Configuration, s => ServiceCredential.From(s.GetRequiredService<IConfiguration>()));
        }

        services.AddSingleton<ILargeModelClient, LargeModelClient>();
    }
}
