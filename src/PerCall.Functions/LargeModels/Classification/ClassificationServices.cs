using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PerCall.Inference.LargeModels;

namespace PerCall.Functions.LargeModels.Classification;

/// <summary>Registers packages whose model is a large model.</summary>
public static class ClassificationServices
{
    public static void AddLargeModelClassification(this IHostApplicationBuilder builder) =>
        builder.Services.AddSingleton<ILargeModelClient, LargeModelClient>();
}
