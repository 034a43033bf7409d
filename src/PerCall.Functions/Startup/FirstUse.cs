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
/// An instance that starts on demand makes its first caller wait, and most of that wait is the loading and compiling of code on its first
/// use, one processor at work and the others idle. What the first call needs of storage and inference is therefore used once beside the
/// start.
/// </summary>
public static class FirstUse
{
    /// <summary>Returns at once. A failure is nobody's concern here: the start itself will meet it again, and tell.</summary>
    public static void PrepareFirstUse(this IHostApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        _ = Task.Run(() => UseStorageAsync(configuration));
        _ = Task.Run(() => UseInference(configuration));
    }

    private static void UseInference(IConfiguration configuration)
    {
        var options = configuration.GetSection(ModelOptions.Section).Get<ModelOptions>() ?? new();
        // With settings out of their ranges the start is about to end, and native code that is in the middle of making a thousand threads
        // then takes the process down.
        if (Validator.TryValidateObject(options, new ValidationContext(options), validationResults: null, validateAllProperties: true))
        {
            Inference.FirstUse.Prepare(options.Registry());
        }
    }

    private static async Task UseStorageAsync(IConfiguration configuration)
    {
        var once = new BlobClientOptions { Retry = { MaxRetries = 0 } };
        var container = StorageServices.CreateBlobs(configuration, once).GetBlobContainerClient(ModelServices.Container);

        // Some model's, whichever comes first: what is read is dropped, what is compiled stays.
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
