using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PerCall.Functions.Tasks;

namespace PerCall.Functions.Recommend;

/// <summary>Registers recommendation.</summary>
public static class RecommendServices
{
    public static void AddRecommend(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<RecommendOptions>().BindConfiguration(RecommendOptions.Section).ValidateDataAnnotations()
            .ValidateOnStart();
        builder.Services.AddSingleton<RecommendRequestReader>();
        builder.AddTask<RecommendScorer>(RecommendOperations.All);
    }
}
