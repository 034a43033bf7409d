using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Functions.Budget;
using PerCall.Functions.Journal;
using PerCall.Functions.Metering;
using PerCall.Functions.Predictions.Running;
using PerCall.Functions.Scoring;
using PerCall.Functions.Storage;
using PerCall.Functions.Upkeep;
using PerCall.Functions.Webhooks;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Predictions;

/// <summary>Registers predictions.</summary>
internal static class PredictionServices
{
    public static void AddPredictions(this IHostApplicationBuilder builder)
    {
        builder.RequireTable(PredictionStore.Name);
        builder.RequireContainer(PredictionStore.Name);
        builder.RequireQueue(PredictionQueue.Name);
        var services = builder.Services;
        services.AddOptions<PredictionOptions>().BindConfiguration(PredictionOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(s => new PredictionStore(
            Get<TableServiceClient>(s).GetTableClient(PredictionStore.Name),
            Get<BlobServiceClient>(s).GetBlobContainerClient(PredictionStore.Name),
            Get<IOptions<PredictionOptions>>(s).Value,
            Get<TimeProvider>(s)));
        services.AddSingleton(s => new PredictionQueue(Get<QueueServiceClient>(s).GetQueueClient(PredictionQueue.Name), Get<IOptions<PredictionOptions>>(s).Value.Grace));
        services.AddSingleton<PredictionEnds>();
        // Public to the function classes, made of what is not.
        services.AddSingleton(s => new PredictionRunner(
            Get<PredictionStore>(s),
            Get<PredictionQueue>(s),
            Get<PredictionEnds>(s),
            Get<TaskScorers>(s),
            Get<ModelRegistry>(s),
            Get<Allowances>(s),
            Get<Charges>(s),
            Get<ChargeIntents>(s),
            Get<IOptions<PredictionOptions>>(s),
            Get<TimeProvider>(s),
            Get<ILogger<PredictionRunner>>(s)));
        builder.EveryMinute<PredictionSweep>("predictions", (sweep, cancellation) => sweep.ResendAsync(cancellation));
        services.AddSingleton(s => new PredictionSweep(
            Get<PredictionStore>(s), Get<PredictionQueue>(s), Get<PredictionRunner>(s), Get<PredictionEnds>(s), Get<IOptions<PredictionOptions>>(s), Get<TimeProvider>(s), Get<ILogger<PredictionSweep>>(s)));
        services.AddSingleton(s => new PredictionBook(
            Get<TaskScorers>(s), Get<ModelRegistry>(s), Get<PredictionStore>(s), Get<PredictionQueue>(s), Get<PredictionEnds>(s), Get<WebhookOutbox>(s),
            Get<IOptions<PredictionOptions>>(s), Get<TimeProvider>(s), Get<ILogger<PredictionBook>>(s)));
    }

    private static T Get<T>(IServiceProvider services) where T : notnull => services.GetRequiredService<T>();
}
