using Azure.Storage.Blobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PerCall.Functions.Models.Publications;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Erasure;
using PerCall.Functions.Storage.Work;
using PerCall.Functions.Transfers;
using PerCall.Functions.Upkeep;
using PerCall.Inference.Deriving;
using PerCall.Inference.Publishing;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Models;

/// <summary>Registers the model registry over the storage account, and publishing to it.</summary>
public static class ModelServices
{
    public const string Container = "models";

    public static void AddModels(this IHostApplicationBuilder builder)
    {
        builder.RequireContainer(Container, kept: true);
        builder.KeepContainer(Container, kept: null);
        builder.RequireContainer(PackageUploads.ContainerName, kept: false);
        builder.KeepContainer(PackageUploads.ContainerName, kept: null);
        builder.EachHour<PackageUploads>("package-uploads", (uploads, cancellation) => uploads.ExpireAsync(cancellation));
        var services = builder.Services;
        services.AddOptions<ModelOptions>().BindConfiguration(ModelOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        // The built-in host registers a clock; Azure's worker does not.
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(s => s.GetRequiredService<IOptions<ModelOptions>>().Value.Registry());
        services.AddSingleton(s => s.GetRequiredService<IOptions<ModelOptions>>().Value.Limits());
        services.AddSingleton(s => new BlobPackageStore(Models(s)));
        services.AddSingleton(s => new BlobPackageWriter(Models(s)));
        services.AddSingleton<PackageUploads>();
        services.AddSingleton<IUploadTarget>(s => s.GetRequiredService<PackageUploads>());
        services.AddSingleton<ModelLoader>();
        services.AddSingleton<GoldenCheck>();
        services.AddSingleton<PackageVerifier>();
        services.AddSingleton<IModelUse, FallbackUses>();
        services.AddSingleton<PackageDeriver>();
        services.AddSingleton<PackagePublisher>();
        services.AddSingleton<ModelPublication>();
        services.AddSingleton<PackageBlobs>();
        services.AddSingleton<PublicationRecords>();
        services.AddSingleton<BackgroundPublications>();
        builder.HandleWork(s => new(
            BackgroundPublications.Kind,
            (message, cancellation) => s.GetRequiredService<BackgroundPublications>().RunAsync(message, cancellation))
        {
            TakesPlace = true,
            GiveUpAsync = (message, cancellation) => s.GetRequiredService<BackgroundPublications>().GiveUpAsync(message, cancellation),
        });
        services.AddSingleton<IPackageStore>(s => s.GetRequiredService<BlobPackageStore>());
        services.AddSingleton<ModelRegistry>();
        services.AddSingleton<ModelCatalog>();
        services.AddSingleton<ModelRemoval>();
        services.AddHostedService<StarterModels>();
    }

    private static BlobContainerClient Models(IServiceProvider services) =>
        services.GetRequiredService<BlobContainers>()[Container];
}
