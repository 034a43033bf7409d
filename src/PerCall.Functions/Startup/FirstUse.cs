using System.ComponentModel.DataAnnotations;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using PerCall.Functions.Models;
using PerCall.Functions.Storage;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Startup;

/// <summary>
/// Shortens a cold start. The first caller of an instance that starts on demand waits mostly for code to be loaded and compiled on first
/// use, which occupies one processor and leaves the others idle. This class therefore runs the code that the first call needs from storage
/// and inference once, in parallel with the start.
/// </summary>
public static class FirstUse
{
    /// <summary>Returns at once. Failures are ignored: the start itself meets them again and reports them.</summary>
    public static void PrepareFirstUse(this IHostApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        _ = Task.Run(() => UseStorageAsync(configuration));
        _ = Task.Run(() => UseInference(configuration));
    }

    private static void UseInference(IConfiguration configuration)
    {
        var options = configuration.GetSection(ModelOptions.Section).Get<ModelOptions>() ?? new();
        // With invalid settings the start is about to end. Native code that is creating a thousand threads at that moment would crash the
        // process.
        if (Validator.TryValidateObject(options, new ValidationContext(options), validationResults: null, validateAllProperties: true))
        {
            Inference.FirstUse.Prepare(options.Registry());
        }
    }

    private static async Task UseStorageAsync(IConfiguration configuration)
    {
        var once = new BlobClientOptions { Retry = { MaxRetries = 0 } };
        var container = StorageServices.CreateBlobs(configuration, kept: true, once).GetBlobContainerClient(ModelServices.Container);

        // Any model will do: the data is discarded, only the compiled code matters.
        await foreach (var model in container.GetBlobsByHierarchyAsync(new GetBlobsByHierarchyOptions { Delimiter = "/" }))
        {
            var store = new BlobPackageStore(container);
            var name = model.Prefix.TrimEnd('/');
            if ((await store.AliasesAsync(name, CancellationToken.None)).Values.FirstOrDefault() is { } version
                && await store.FindAsync(name, version, CancellationToken.None) is { } package)
            {
                await using var labels = await store.OpenAsync(
                    package, package.Manifest.Output?.Labels ?? package.Manifest.Files.Keys.First(), CancellationToken.None);
                await labels.CopyToAsync(Stream.Null);
            }

            return;
        }
    }
}
