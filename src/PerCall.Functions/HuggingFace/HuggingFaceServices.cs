using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace PerCall.Functions.HuggingFace;

/// <summary>Registers the calls of Hugging Face's clients.</summary>
public static class HuggingFaceServices
{
    public static void AddHuggingFace(this IHostApplicationBuilder builder) => builder.Services
        .AddSingleton<HuggingFaceRequestReader>()
        .AddSingleton<PipelineAnswers>()
        .AddSingleton<HuggingFaceTexts>()
        .AddSingleton<HuggingFacePictures>()
        .AddSingleton<HuggingFaceTables>()
        .AddSingleton<HuggingFaceCalls>();
}
