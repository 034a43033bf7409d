using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PerCall.Functions.Tasks;

namespace PerCall.Functions.Recommend;

/// <summary>Registers recommendation.</summary>
public static class RecommendServices
{
    public static void AddRecommend(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<RecommendOptions>().BindConfiguration(RecommendOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton(s => new RecommendRequestReader(s.GetRequiredService<IOptions<RecommendOptions>>()));
        builder.AddTask<RecommendScorer>(RecommendOperations.All);
    }
}
