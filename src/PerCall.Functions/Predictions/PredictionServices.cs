using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PerCall.Client.Wire;
using PerCall.Functions.Predictions.Running;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Erasure;
using PerCall.Functions.Upkeep;

namespace PerCall.Functions.Predictions;

/// <summary>Registers predictions.</summary>
public static class PredictionServices
{
    public static void AddPredictions(this IHostApplicationBuilder builder)
    {
        builder.RequireTable(PredictionStore.Name, TableBackupRule.LeftOut("predictions are kept for a day"));
        builder.RequireContainer(PredictionStore.Name);
        builder.EraseBlobs(PredictionStore.Name);
        builder.EraseRows(PredictionStore.Name, nameof(ErasedTenant.PredictionRows), MarkedAccounts.OfAccount);
        builder.RequireQueue(PredictionQueue.Name);
        var services = builder.Services;
        services.AddOptions<PredictionOptions>().BindConfiguration(PredictionOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(s => new PredictionStore(
            Get<TableServiceClient>(s).GetTableClient(PredictionStore.Name),
            Get<BlobServiceClient>(s).GetBlobContainerClient(PredictionStore.Name),
            Get<IOptions<PredictionOptions>>(s).Value,
            Get<TimeProvider>(s)));
        services.AddSingleton(
            s =>
                new PredictionQueue(
                    Get<QueueServiceClient>(s).GetQueueClient(PredictionQueue.Name), Get<IOptions<PredictionOptions>>(s).Value.Grace));
        services.AddSingleton<PredictionEnds>();
        services.AddSingleton<PredictionRunner>();
        builder.EveryMinute<PredictionSweep>("predictions", (sweep, cancellation) => sweep.ResendAsync(cancellation));
        services.AddSingleton<PredictionSweep>();
        services.AddSingleton<PredictionBook>();
    }

    private static T Get<T>(IServiceProvider services) where T : notnull => services.GetRequiredService<T>();
}
