using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PerCall.Client.Wire;
using PerCall.Functions.Predictions.Running;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Erasure;
using PerCall.Functions.Storage.Work;
using PerCall.Functions.Upkeep;

namespace PerCall.Functions.Predictions;

/// <summary>Registers predictions.</summary>
public static class PredictionServices
{
    public static void AddPredictions(this IHostApplicationBuilder builder)
    {
        builder.RequireTable(PredictionStore.Name, TableBackupRule.LeftOut("predictions are kept for a day"));
        builder.RequireContainer(PredictionStore.Name, kept: false);
        builder.EraseBlobs(PredictionStore.Name);
        builder.EraseRows(PredictionStore.Name, nameof(ErasedTenant.PredictionRows), MarkedAccounts.OfAccount);
        var services = builder.Services;
        services.AddOptions<PredictionOptions>().BindConfiguration(PredictionOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(s => new PredictionStore(
            Get<TableServiceClient>(s).GetTableClient(PredictionStore.Name),
            Get<BlobContainers>(s)[PredictionStore.Name],
            Get<IOptions<PredictionOptions>>(s).Value,
            Get<TimeProvider>(s))
        { Rows = { Opened = Get<UpkeepClock>(s).Wake } });
        services.AddSingleton(s => new PredictionMessages(Get<WorkQueue>(s), Get<IOptions<PredictionOptions>>(s).Value.Grace));
        builder.HandleWork(s => new(PredictionMessages.Kind, (message, cancellation) => RunAsync(s, message, cancellation))
        {
            TakesPlace = true,
            OldQueues = ["predictions", "predictions-poison"],
            GiveUpAsync = (message, cancellation) => GiveUpAsync(s, message, cancellation),
        });
        services.AddSingleton<PredictionEnds>();
        services.AddSingleton<PredictionRunner>();
        builder.EachRound<PredictionSweep>("predictions", (sweep, cancellation) => sweep.ResendAsync(cancellation));
        builder.EachHour<PredictionSweep>("predictions-expiry", (sweep, cancellation) => sweep.ExpireAsync(cancellation));
        services.AddSingleton<PredictionSweep>();
        services.AddSingleton<PredictionBook>();
    }

    private static Task<bool> RunAsync(IServiceProvider services, WorkMessage message, CancellationToken cancellation)
    {
        var row = RowMessages.Parse(message);
        return Get<PredictionRunner>(services).RunAsync(row.Account, row.Item, cancellation);
    }

    private static Task GiveUpAsync(IServiceProvider services, WorkMessage message, CancellationToken cancellation)
    {
        var row = RowMessages.Parse(message);
        return Get<PredictionRunner>(services).GiveUpAsync(
            row.Account, row.Item, "prediction_failed", "The prediction failed after several attempts.", cancellation);
    }

    private static T Get<T>(IServiceProvider services) where T : notnull => services.GetRequiredService<T>();
}
