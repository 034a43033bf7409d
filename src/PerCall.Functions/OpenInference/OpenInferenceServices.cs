using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace PerCall.Functions.OpenInference;

/// <summary>Registers the Open Inference Protocol.</summary>
public static class OpenInferenceServices
{
    public static void AddOpenInference(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<OpenInferenceOptions>()
            .BindConfiguration(OpenInferenceOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<InferRequestReader>();
        builder.Services.AddSingleton<InferCalls>();
        builder.Services.AddSingleton<InferenceModels>();
    }
}
