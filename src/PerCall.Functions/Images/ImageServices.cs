using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PerCall.Functions.Tasks;
using PerCall.Inference.Images;

namespace PerCall.Functions.Images;

/// <summary>Registers image classification.</summary>
public static class ImageServices
{
    public static void AddImages(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<ImageOptions>().BindConfiguration(ImageOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton(s => new ImageClassifier(s.GetRequiredService<IOptions<ImageOptions>>().Value.MaxPixels));
        builder.Services.AddSingleton<ImageRequestReader>();
        builder.AddTask<ImageScorer>(ImageOperations.All);
    }
}
