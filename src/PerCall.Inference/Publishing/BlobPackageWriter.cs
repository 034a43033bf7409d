using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Inference.Publishing;

/// <summary>Writes packages and aliases. Readers see a version completely or not at all, even with concurrent writers.</summary>
public sealed class BlobPackageWriter(BlobContainerClient container)
{
    // What the client library holds in memory of a file, whatever its size.
    private const int BlockBytes = 8 << 20;
    private const int Parallel = 2;

    /// <summary>Stores a verified package. Writes <c>model.json</c> last, and only if the version does not exist.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="folder">The folder with the package's files.</param>
    /// <param name="run">The publication.</param>
    /// <param name="cancellation">Cancels the upload. Stored files are removed.</param>
    /// <exception cref="RegistryConflictException">The version is already published, by another publication.</exception>
    public async Task CreateAsync(ModelManifest manifest, string folder, PublicationRun run, CancellationToken cancellation)
    {
        var upload = Guid.CreateVersion7().ToString("n");
        var prefix = BlobPackageNames.Folder(manifest.Name, manifest.Version, upload);
        var stored = container.GetBlobClient(BlobPackageNames.Manifest(manifest.Name, manifest.Version));
        try
        {
            var report = run.Counter(PublicationStage.Storing, PackageFiles.Bytes(manifest.Files.Keys, folder));
            foreach (var file in manifest.Files.Keys)
            {
                await StoreAsync(container.GetBlobClient(prefix + file), Path.Combine(folder, file), report, cancellation);
            }

            await stored.UploadAsync(
                Path.Combine(folder, ModelManifest.FileName),
                new BlobUploadOptions
                {
                    Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All },
                    Metadata = MetadataOf(upload, run.Id),
                    HttpHeaders = new BlobHttpHeaders { ContentType = "application/json" },
                },
                cancellation);
        }
        catch (Exception e)
        {
            await DeleteFolderAsync(prefix);
            if (e is RequestFailedException { Status: 409 or 412 })
            {
                if (run.Id is { } id && await IsOfAsync(stored, id, cancellation))
                {
                    return;
                }

                throw new RegistryConflictException(
                    "version_exists", $"The version {manifest} is already published and cannot be changed; publish under another version.");
            }

            throw;
        }
    }

    private static Dictionary<string, string> MetadataOf(string upload, string? publication)
    {
        var metadata = new Dictionary<string, string> { [BlobPackageNames.UploadMetadata] = upload };
        if (publication is not null)
        {
            metadata[BlobPackageNames.PublicationMetadata] = publication;
        }

        return metadata;
    }

    /// <summary>Returns whether a publication has stored a version before it was interrupted.</summary>
    private static async Task<bool> IsOfAsync(BlobClient manifest, string publication, CancellationToken cancellation) =>
        (await manifest.GetPropertiesAsync(cancellationToken: cancellation)).Value.Metadata
            .TryGetValue(BlobPackageNames.PublicationMetadata, out var known) && known == publication;

    private static async Task StoreAsync(BlobClient blob, string path, Action<long> report, CancellationToken cancellation)
    {
        var last = 0L;
        var options = new BlobUploadOptions
        {
            Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All },
            TransferOptions = new() { MaximumTransferSize = BlockBytes, InitialTransferSize = BlockBytes, MaximumConcurrency = Parallel },
            // The library reports the bytes of a blob so far, from several threads. A retry begins a block again.
            ProgressHandler = new Reported(bytes => report(bytes - Interlocked.Exchange(ref last, bytes))),
        };
        await blob.UploadAsync(path, options, cancellation);
    }

    private sealed class Reported(Action<long> report) : IProgress<long>
    {
        public void Report(long value) => report(value);
    }

    /// <summary>Points an alias at a version.</summary>
    /// <param name="name">The model.</param>
    /// <param name="alias">The alias.</param>
    /// <param name="version">The version.</param>
    /// <param name="onlyIfUnset">Keep the alias if it already points at a version.</param>
    /// <param name="cancellation">Cancels the call before the write.</param>
    /// <exception cref="ModelNotFoundException">The version is not published.</exception>
    public async Task SetAliasAsync(string name, string alias, string version, bool onlyIfUnset, CancellationToken cancellation)
    {
        await UpdateAliasesAsync(name, async map =>
        {
            if (onlyIfUnset && map.Aliases.ContainsKey(alias))
            {
                return null;
            }

            // Checked between reading and writing the map: a removal that starts in between changes the map's ETag.
            if (map.Deleting.Contains(version) || !await ExistsAsync(name, version, cancellation))
            {
                throw new ModelNotFoundException(
                    "version_not_found", $"The model '{name}' has no version '{version}', so the alias '{alias}' cannot point to it.");
            }

            return map with { Aliases = new Dictionary<string, string>(map.Aliases) { [alias] = version } };
        }, cancellation);
    }

    /// <summary>Deletes an alias.</summary>
    /// <returns>The version that the alias pointed at.</returns>
    /// <exception cref="ModelNotFoundException">The model has no such alias.</exception>
    public async Task<string> UnsetAliasAsync(string name, string alias, CancellationToken cancellation)
    {
        var before = "";
        await UpdateAliasesAsync(name, map =>
        {
            before = map.Aliases.GetValueOrDefault(alias)
                ?? throw new ModelNotFoundException("alias_not_found", $"The model '{name}' has no alias '{alias}'.");
            return Task.FromResult<AliasMap?>(map with { Aliases = map.Aliases.Where(a => a.Key != alias).ToDictionary() });
        }, cancellation);
        return before;
    }

    /// <summary>Completes interrupted removals. Then deletes the model's alias record if it is empty.</summary>
    /// <returns>False if there was nothing to do.</returns>
    public async Task<bool> DeleteAliasesAsync(string name, CancellationToken cancellation)
    {
        var (map, etag) = await BlobPackageStore.ReadAliasesAsync(container, name, cancellation);
        foreach (var version in map.Deleting)
        {
            await FinishAsync(name, version);
        }

        (map, etag) = map.Deleting.Count == 0 ? (map, etag) : await BlobPackageStore.ReadAliasesAsync(container, name, cancellation);
        if (etag is not { } known)
        {
            return false;
        }

        if (map.Aliases.Count == 0)
        {
            // A publication in the meantime has changed the record.
            await container.GetBlobClient(BlobPackageNames.Aliases(name)).DeleteIfExistsAsync(
                conditions: new BlobRequestConditions { IfMatch = known }, cancellationToken: cancellation);
        }

        return true;
    }

    /// <summary>Deletes a version that no alias points at.</summary>
    /// <exception cref="ModelNotFoundException">The version is not published.</exception>
    /// <exception cref="RegistryConflictException">An alias points at the version.</exception>
    public async Task DeleteAsync(string name, string version, CancellationToken cancellation)
    {
        if (!ModelNames.IsName(name) || !ModelNames.IsVersion(version))
        {
            throw NotPublished(name, version);
        }

        var manifest = container.GetBlobClient(BlobPackageNames.Manifest(name, version));
        BlobProperties stored;
        try
        {
            stored = (await manifest.GetPropertiesAsync(cancellationToken: cancellation)).Value;
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            if (!await FinishAsync(name, version))
            {
                throw NotPublished(name, version);
            }

            return;
        }

        await UpdateAliasesAsync(name, map => map.Aliases.Where(a => a.Value == version).Select(a => a.Key).ToArray() is [var alias, ..]
            ? throw new RegistryConflictException(
                "version_in_use",
                $"The version {name}/{version} is in use by the alias '{alias}'; point the alias to another version first.")
            : Task.FromResult<AliasMap?>(map with { Deleting = [.. map.Deleting.Union([version])] }), cancellation);

        // From here on the removal ignores cancellation: half of it would leave a version that cannot be loaded.
        await manifest.DeleteIfExistsAsync(
            conditions: new BlobRequestConditions { IfMatch = stored.ETag }, cancellationToken: CancellationToken.None);
        if (stored.Metadata.TryGetValue(BlobPackageNames.UploadMetadata, out var upload))
        {
            await DeleteFolderAsync(BlobPackageNames.Folder(name, version, upload));
        }

        await UnmarkAsync(name, version);
    }

    /// <summary>Completes a removal that was interrupted after the manifest was deleted.</summary>
    /// <returns>False if there was nothing to do.</returns>
    private async Task<bool> FinishAsync(string name, string version)
    {
        var (map, _) = await BlobPackageStore.ReadAliasesAsync(container, name, CancellationToken.None);
        if (!map.Deleting.Contains(version))
        {
            return false;
        }

        // Files of a later publication of the same version are newer than the mark.
        var marked = (await container.GetBlobClient(BlobPackageNames.Aliases(name)).GetPropertiesAsync()).Value.LastModified;
        await foreach (var blob in container.GetBlobsAsync(new GetBlobsOptions { Prefix = $"{name}/{version}/" }))
        {
            if (blob.Properties.LastModified <= marked)
            {
                await container.DeleteBlobIfExistsAsync(blob.Name);
            }
        }

        await UnmarkAsync(name, version);
        return true;
    }

    private Task UnmarkAsync(string name, string version) => UpdateAliasesAsync(
        name, map => Task.FromResult<AliasMap?>(map with { Deleting = [.. map.Deleting.Except([version])] }), CancellationToken.None);

    private static ModelNotFoundException NotPublished(string name, string version) =>
        new("version_not_found", $"The model '{name}' has no version '{version}'.");

    private async Task<bool> ExistsAsync(string name, string version, CancellationToken cancellation) =>
        ModelNames.IsName(name) && ModelNames.IsVersion(version) && await container.GetBlobClient(
            BlobPackageNames.Manifest(name, version)).ExistsAsync(cancellation);

    /// <summary>Reads, changes and writes the record. Retries if another writer changed it in between.</summary>
    private async Task UpdateAliasesAsync(string name, Func<AliasMap, Task<AliasMap?>> change, CancellationToken cancellation)
    {
        var blob = container.GetBlobClient(BlobPackageNames.Aliases(name));
        while (true)
        {
            var (map, etag) = await BlobPackageStore.ReadAliasesAsync(container, name, cancellation);
            if (await change(map) is not { } changed)
            {
                return;
            }

            try
            {
                await blob.UploadAsync(
                    BinaryData.FromBytes(JsonSerializer.SerializeToUtf8Bytes(changed, ManifestJson.Default.AliasMap)),
                    new BlobUploadOptions
                    {
                        Conditions = etag is { } known
                            ? new BlobRequestConditions { IfMatch = known } : new BlobRequestConditions { IfNoneMatch = ETag.All },
                        HttpHeaders = new BlobHttpHeaders { ContentType = "application/json" },
                    },
                    cancellation);
                return;
            }
            catch (RequestFailedException e) when (e.Status is 409 or 412)
            {
                cancellation.ThrowIfCancellationRequested();
            }
        }
    }

    private async Task DeleteFolderAsync(string prefix)
    {
        await foreach (var blob in container.GetBlobsAsync(new GetBlobsOptions { Prefix = prefix }))
        {
            await container.DeleteBlobIfExistsAsync(blob.Name);
        }
    }
}
