using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PerCall.Functions.Tasks;

namespace PerCall.Functions.Text;

/// <summary>Registers text classification.</summary>
public static class TextServices
{
    public static void AddText(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<TextOptions>().BindConfiguration(TextOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<TextRequestReader>();
        builder.AddTask<TextScorer>(TextOperations.All);
    }
}
