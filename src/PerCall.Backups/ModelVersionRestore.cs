using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace PerCall.Backups;

/// <summary>
/// Brings back a version of a model that was removed, from what storage keeps of deleted blobs. With blob versions, a deleted blob has no
/// current version, and its last version is copied over it. Versions that are deleted themselves, and blobs of an account without
/// versions, are undeleted first. The manifest comes last, because its creation publishes the version.
/// </summary>
/// <param name="models">The container <c>models</c>.</param>
public sealed class ModelVersionRestore(BlobContainerClient models)
{
    /// <summary>The container's name.</summary>
    public const string Container = "models";

    /// <summary>The metadata of a manifest that names the folder with the version's files.</summary>
    private const string Upload = "upload";

    /// <summary>Restores a version. Can be repeated.</summary>
    /// <param name="name">The model.</param>
    /// <param name="version">The version.</param>
    /// <param name="report">Gets a sentence about each blob.</param>
    /// <param name="cancellationToken">Stops the restore.</param>
    /// <exception cref="RestoreException">The version exists, or storage has nothing of it any more.</exception>
    public async Task RunAsync(string name, string version, Action<string> report, CancellationToken cancellationToken)
    {
        var manifest = $"{name}/{version}/model.json";
        if (await models.GetBlobClient(manifest).ExistsAsync(cancellationToken))
        {
            throw new RestoreException($"The version {name}/{version} exists.");
        }

        var last = await FindLastAsync(manifest, cancellationToken)
            ?? throw new RestoreException(
                $"Storage keeps nothing of {name}/{version}: it never existed, or it was removed too long ago. Publish its package again.");
        var properties = (await last.GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
        if (!properties.Metadata.TryGetValue(Upload, out var upload))
        {
            throw new RestoreException($"The blob {manifest} does not name the folder with its files. Publish the package again.");
        }

        var files = await NamesAsync($"{name}/{version}/{upload}/", cancellationToken);
        if (files.Count == 0)
        {
            throw new RestoreException($"Storage keeps no file of {name}/{version}. Publish its package again.");
        }

        foreach (var file in files)
        {
            if (!await models.GetBlobClient(file).ExistsAsync(cancellationToken))
            {
                await PromoteAsync(
                    file,
                    await FindLastAsync(file, cancellationToken) ?? throw new RestoreException($"Storage keeps nothing of {file}."),
                    cancellationToken);
            }

            report($"{file} is back.");
        }

        await PromoteAsync(manifest, last, cancellationToken);
        report($"{manifest} is back: the version {name}/{version} is published again. No alias points to it.");
    }

    /// <summary>Returns the last version of a deleted blob. Without blob versions it is the blob itself, undeleted.</summary>
    private async Task<BlobBaseClient?> FindLastAsync(string name, CancellationToken cancellationToken)
    {
        var kept = await StatesAsync(name, cancellationToken);
        if (kept.Count == 0)
        {
            return null;
        }

        if (kept.All(b => b.Deleted))
        {
            // Of an account with versions, this brings back the versions and not the blob.
            await models.GetBlobClient(name).UndeleteAsync(cancellationToken);
            kept = await StatesAsync(name, cancellationToken);
        }

        var blob = models.GetBlobBaseClient(name);
        return kept.Where(b => !b.Deleted).MaxBy(b => b.VersionId, StringComparer.Ordinal) is not { } last ? null
            : last.VersionId is { } version ? blob.WithVersion(version)
            : blob;
    }

    private async Task<List<BlobItem>> StatesAsync(string name, CancellationToken cancellationToken) =>
        await models.GetBlobsAsync(
            new GetBlobsOptions { Prefix = name, States = BlobStates.Version | BlobStates.Deleted }, cancellationToken)
            .Where(b => b.Name == name && string.IsNullOrEmpty(b.Snapshot)).ToListAsync(cancellationToken);

    private async Task<List<string>> NamesAsync(string prefix, CancellationToken cancellationToken) =>
        await models.GetBlobsAsync(
            new GetBlobsOptions { Prefix = prefix, States = BlobStates.Version | BlobStates.Deleted }, cancellationToken)
            .Select(b => b.Name).Distinct().ToListAsync(cancellationToken);

    /// <summary>Makes a version the current one, unless another blob was created in the meantime.</summary>
    private async Task PromoteAsync(string name, BlobBaseClient last, CancellationToken cancellationToken)
    {
        var blob = models.GetBlobClient(name);
        if (last.Uri == blob.Uri)
        {
            // Undeleted: it is the current one.
            return;
        }

        try
        {
            var copy = await blob.StartCopyFromUriAsync(
                last.Uri, new BlobCopyFromUriOptions { DestinationConditions = new() { IfNoneMatch = ETag.All } }, cancellationToken);
            await copy.WaitForCompletionAsync(cancellationToken);
        }
        catch (RequestFailedException e) when (e.Status is 409 or 412 && e.ErrorCode == BlobErrorCode.BlobAlreadyExists)
        {
            // An earlier attempt has copied it.
        }
    }
}
