using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using PerCall.Functions.Pricing;
using PerCall.Functions.Scoring;
using PerCall.Functions.Tasks;

namespace PerCall.Functions.Predict;

/// <summary>Registers the tasks that are nothing but an input with an output kind.</summary>
public static class PredictServices
{
    public static void AddPredict(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<PredictReader>();
        builder.Services.AddSingleton<PredictCalls>();
        builder.Services.TryAddSingleton<ModelCalls>();
        foreach (var task in PredictTask.All)
        {
            builder.Services.AddSingleton(new TaskOperations(task.Task, [task.Operation]));
            builder.Services.AddSingleton<ITaskScorer>(s => task.Members is ["image"]
                ? new PredictFileScorer(task, s.GetRequiredService<PredictReader>())
                : new PredictScorer(task, s.GetRequiredService<PredictReader>()));
        }
    }
}
