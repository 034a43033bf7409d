using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Inference;
using PerCall.Inference.Packages;
using PerCall.Inference.Publishing;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Models;

/// <summary>Publishes the packages of a folder that are not yet published, before the service accepts calls.</summary>
public sealed partial class StarterModels(
    BlobPackageStore store,
    PackagePublisher publisher,
    IOptions<ModelOptions> options,
    IHostEnvironment environment,
    ILogger<StarterModels> log) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (Folder() is not { } folder)
        {
            return;
        }

        // Large models first: other packages can name them as their fallback.
        var packages = await new FolderPackageStore(folder).ListAsync(cancellationToken);
        foreach (var package in packages.OrderByDescending(p => p.Manifest.Backend == ModelBackend.OpenAi))
        {
            var (name, version) = (package.Manifest.Name, package.Manifest.Version);
            if (await store.FindAsync(name, version, cancellationToken) is not null)
            {
                continue;
            }

            LogPublishing(name, version);
            try
            {
                await publisher.PublishFolderAsync(package.Location, cancellationToken);
            }
            catch (RegistryConflictException)
            {
                // Another instance that started at the same time has published it.
            }
            catch (ModelBusyException e)
            {
                // The provider of a large model cannot run the golden examples now. The next start tries again.
                LogRefused(name, version, "large_model.model", e.Message);
            }
            catch (PackageRefusedException e)
            {
                // The service runs without this model; other models are not affected.
                foreach (var fault in e.Faults)
                {
                    LogRefused(name, version, fault.Where, fault.Problem);
                }
            }
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private string? Folder()
    {
        if (options.Value.Starters is { Length: > 0 } folder)
        {
            return folder;
        }

        return environment.IsDevelopment() ? RepositoryFolder.Find(environment.ContentRootPath, "models") : null;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Refused to publish {Model}/{Version}. {Where}: {Problem}")]
    private partial void LogRefused(string model, string version, string where, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "Publishing {Model}/{Version}")]
    private partial void LogPublishing(string model, string version);
}
