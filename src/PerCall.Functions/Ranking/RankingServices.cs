using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PerCall.Functions.Pricing;
using PerCall.Functions.Scoring;
using PerCall.Inference.Packages;

namespace PerCall.Functions.Ranking;

/// <summary>Registers the ranking of documents.</summary>
public static class RankingServices
{
    public static void AddRanking(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<RankingScorer>();
        builder.Services.AddSingleton<ITaskScorer>(s => s.GetRequiredService<RankingScorer>());
        builder.Services.AddSingleton(new TaskOperations(ModelTask.TextRanking, [RankingScorer.Rank]));
    }
}
