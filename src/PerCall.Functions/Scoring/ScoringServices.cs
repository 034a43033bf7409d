using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace PerCall.Functions.Scoring;

/// <summary>Registers the scorers for batches and predictions. Each task's slice adds its own <see cref="ITaskScorer"/>.</summary>
public static class ScoringServices
{
    public static void AddScoring(this IHostApplicationBuilder builder) => builder.Services
        .AddSingleton<TaskScorers>().AddSingleton<Fallbacks>();
}
