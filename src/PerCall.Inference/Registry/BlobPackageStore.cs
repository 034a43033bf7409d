using System.Collections.Concurrent;
using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Registry;

/// <summary>A store of packages in a blob container, written by <see cref="Publishing.BlobPackageWriter"/>.</summary>
public sealed class BlobPackageStore(BlobContainerClient container) : IPackageStore
{
    // A published manifest never changes, so comparing its ETag is enough.
    private readonly ConcurrentDictionary<string, StoredPackage> _manifests = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredPackage>> ListAsync(CancellationToken cancellation) => ListUnderAsync("", cancellation);

    /// <summary>Lists the published versions of a model.</summary>
    public Task<IReadOnlyList<StoredPackage>> ListAsync(string name, CancellationToken cancellation) =>
        ListUnderAsync($"{name}/", cancellation);

    /// <inheritdoc/>
    public async Task<StoredPackage?> FindAsync(string name, string version, CancellationToken cancellation)
    {
        var blob = BlobPackageNames.Manifest(name, version);
        try
        {
            var response = await container.GetBlobClient(blob).DownloadContentAsync(cancellation);
            var details = response.Value.Details;
            if (!details.Metadata.TryGetValue(BlobPackageNames.UploadMetadata, out var upload))
            {
                throw new ModelCorruptException(
                    $"The blob {blob} was not written by PerCall: its metadata has no '{BlobPackageNames.UploadMetadata}'.");
            }

            var manifest = ManifestReader.Parse(response.Value.Content.ToMemory().Span);
            return _manifests[blob] = new(
                manifest, BlobPackageNames.Folder(name, version, upload), details.ETag.ToString("H"), details.LastModified);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            _manifests.TryRemove(blob, out _);
            return null;
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<string, string>> AliasesAsync(string name, CancellationToken cancellation) =>
        (await ReadAliasesAsync(container, name, cancellation)).Map.Aliases;

    /// <inheritdoc/>
    public async Task<Stream> OpenAsync(StoredPackage package, string file, CancellationToken cancellation)
    {
        try
        {
            var response = await container.GetBlobClient(package.Location + file).DownloadStreamingAsync(cancellationToken: cancellation);
            return response.Value.Content;
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            throw new FileNotFoundException($"The file {file} of the package {package.Manifest} is missing in storage.", file, e);
        }
    }

    /// <inheritdoc/>
    public async Task<string?> FingerprintAsync(StoredPackage package, string file, CancellationToken cancellation)
    {
        try
        {
            return (
                await container.GetBlobClient(package.Location + file).GetPropertiesAsync(
                    cancellationToken: cancellation)).Value.ETag.ToString("H");
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
    }

    private async Task<IReadOnlyList<StoredPackage>> ListUnderAsync(string prefix, CancellationToken cancellation)
    {
        var packages = new List<StoredPackage>();
        await foreach (var blob in container.GetBlobsAsync(new GetBlobsOptions { Prefix = prefix }, cancellation))
        {
            if (BlobPackageNames.ParseManifest(blob.Name) is not var (name, version))
            {
                continue;
            }

            if (_manifests.TryGetValue(blob.Name, out var known) && blob.Properties.ETag is { } etag && known.ETag == etag.ToString("H"))
            {
                packages.Add(known);
            }
            else if (await FindAsync(name, version, cancellation) is { } package)
            {
                packages.Add(package);
            }
        }

        return packages;
    }

    internal static async Task<(AliasMap Map, ETag? ETag)> ReadAliasesAsync(
        BlobContainerClient container, string name, CancellationToken cancellation)
    {
        try
        {
            BlobDownloadResult result = await container.GetBlobClient(BlobPackageNames.Aliases(name)).DownloadContentAsync(cancellation);
            return (
                JsonSerializer.Deserialize(result.Content.ToMemory().Span, ManifestJson.Default.AliasMap) ?? AliasMap.Empty,
                result.Details.ETag);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return (AliasMap.Empty, null);
        }
    }
}
