using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using PerCall.Functions.Pricing;
using PerCall.Functions.Scoring;

namespace PerCall.Functions.Tasks;

/// <summary>Registers tasks.</summary>
public static class TaskServices
{
    /// <summary>Registers one task: the operations of its calls, and its scorer for batches and predictions.</summary>
    public static void AddTask<TScorer>(this IHostApplicationBuilder builder, TaskOperations operations) where TScorer : class, ITaskScorer
    {
        builder.Services.TryAddSingleton<ModelCalls>();
        builder.Services.AddSingleton(operations);
        builder.Services.AddSingleton<ITaskScorer, TScorer>();
    }
}
