using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PerCall.Functions.Calls;
using PerCall.Functions.Metering;

namespace PerCall.Functions.Scoring;

/// <summary>Registers what tasks have in common.</summary>
internal static class ScoringServices
{
    public static void AddScoring(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<TaskScorers>();
        builder.Services.AddSingleton<ModelCalls>();
    }

    /// <summary>Registers one task: what its calls are charged as, and its scorer for batches and predictions.</summary>
    public static void AddTask<TScorer>(this IHostApplicationBuilder builder, TaskOperations operations) where TScorer : class, ITaskScorer
    {
        builder.Services.AddSingleton(operations);
        builder.Services.AddSingleton<ITaskScorer, TScorer>();
    }
}
