using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PerCall.Functions.Pricing;
using PerCall.Inference.Packages;

namespace PerCall.Functions.OpenInference;

/// <summary>Registers the Open Inference Protocol.</summary>
public static class OpenInferenceServices
{
    public static void AddOpenInference(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<OpenInferenceOptions>()
            .BindConfiguration(OpenInferenceOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        // Models without an input section have no other call.
        builder.Services.AddSingleton(new TaskOperations(ModelTask.Tensors, []));
        builder.Services.AddSingleton<InferRequestReader>();
        builder.Services.AddSingleton<InferCalls>();
        builder.Services.AddSingleton<InferenceModels>();
    }
}
