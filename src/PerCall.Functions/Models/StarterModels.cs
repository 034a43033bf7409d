using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Functions.Audit;
using PerCall.Functions.Storage;
using PerCall.Inference;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Models;

/// <summary>
/// Publishes packages that are on this machine: those of a folder before the service accepts calls, and those that come with the program
/// after the start, one at a time. A mark remembers each version that is or was published, so a version that the operator has removed
/// stays removed.
/// </summary>
public sealed partial class StarterModels(
    BlobContainers containers,
    BlobPackageStore store,
    ModelPublication publication,
    IOptions<ModelOptions> options,
    IHostEnvironment environment,
    IHostApplicationLifetime lifetime,
    ILogger<StarterModels> log) : BackgroundService
{
    private const string Included = "models";
    // No model can have such a name.
    private const string Marks = "~starters/";

    private readonly BlobContainerClient _container = containers[ModelServices.Container];

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (Folder() is { } folder)
        {
            await PublishAsync(folder, cancellationToken);
        }

        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.PublishIncluded)
        {
            return;
        }

        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
        try
        {
            await PublishAsync(Path.Combine(AppContext.BaseDirectory, Included), stoppingToken);
            LogChecked();
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            LogUnread(e);
        }
    }

    private async Task PublishAsync(string folder, CancellationToken cancellation)
    {
        var marks = await _container.GetBlobsAsync(new GetBlobsOptions { Prefix = Marks }, cancellation)
            .Select(b => b.Name).ToHashSetAsync(StringComparer.Ordinal, cancellation);
        // Large models first: other packages can name them as their fallback.
        var packages = await new FolderPackageStore(folder).ListAsync(cancellation);
        foreach (var package in packages.OrderByDescending(p => p.Manifest.Backend == ModelBackend.OpenAi))
        {
            var mark = $"{Marks}{package.Manifest.Name}/{package.Manifest.Version}";
            if (!marks.Contains(mark) && await IsPublishedAsync(package, cancellation))
            {
                await _container.GetBlobClient(mark).UploadAsync(BinaryData.Empty, overwrite: true, cancellation);
            }
        }
    }

    /// <summary>Publishes a package, unless it is published.</summary>
    /// <returns>False if the package was refused, or could not be published now. The next start tries again.</returns>
    private async Task<bool> IsPublishedAsync(StoredPackage package, CancellationToken cancellation)
    {
        var (name, version) = (package.Manifest.Name, package.Manifest.Version);
        try
        {
            if (await store.FindAsync(name, version, cancellation) is null)
            {
                LogPublishing(name, version);
                await publication.PublishFolderAsync(package.Location, Actor.Service, cancellation);
            }

            return true;
        }
        catch (RegistryConflictException e) when (e.Code == "version_exists")
        {
            // Another instance that started at the same time has published it.
            return true;
        }
        catch (PackageRefusedException e)
        {
            // The service runs without this model; other models are not affected.
            foreach (var fault in e.Faults)
            {
                LogRefused(name, version, fault.Where, fault.Problem);
            }
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            LogFailed(e, name, version);
        }

        return false;
    }

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

    [LoggerMessage(Level = LogLevel.Error, Message = "Failed to publish {Model}/{Version}; the next start tries again")]
    private partial void LogFailed(Exception exception, string model, string version);

    [LoggerMessage(Level = LogLevel.Error, Message = "Failed to publish the models that come with the program; the next start tries again")]
    private partial void LogUnread(Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Checked the models that come with the program")]
    private partial void LogChecked();

    [LoggerMessage(Level = LogLevel.Information, Message = "Publishing {Model}/{Version}")]
    private partial void LogPublishing(string model, string version);
}
