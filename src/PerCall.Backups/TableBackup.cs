using System.Buffers;
using System.IO.Compression;
using System.Security.Cryptography;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace PerCall.Backups;

/// <summary>
/// Copies the tables of a service into a folder of the container, part by part, while the service runs. Any process can continue where
/// another stopped. Parts have random names, so two processes that copy at the same time never write the same blob. The first manifest
/// counts.
/// </summary>
/// <param name="container">The container.</param>
/// <param name="tables">The account with the tables.</param>
/// <param name="wanted">
/// The tables, in the order in which they are copied: a table whose rows refer to another one comes before it.
/// </param>
/// <param name="service">The service's version.</param>
/// <param name="time">The clock.</param>
/// <param name="sizes">Bounds of the work.</param>
public sealed class TableBackup(
    BackupContainer container, TableServiceClient tables, IReadOnlyList<BackupTable> wanted, string service, TimeProvider time,
    BackupSizes sizes)
{
    private readonly string _owner = RandomNumberGenerator.GetHexString(16, lowercase: true);

    /// <summary>Begins or continues a backup.</summary>
    /// <returns>
    /// True: the backup is complete. False: another process takes it, or the time of a run is over; call again later.
    /// </returns>
    /// <exception cref="RequestFailedException">Storage fails. Nothing is lost; call again.</exception>
    public async Task<bool> ContinueAsync(string id, CancellationToken cancellationToken)
    {
        if (await container.IsCompleteAsync(id, cancellationToken))
        {
            return true;
        }

        var began = time.GetTimestamp();
        if (await ClaimAsync(id, cancellationToken) is not var (progress, etag))
        {
            return false;
        }

        while (progress.Tables.FirstOrDefault(t => !t.IsComplete) is { } copy)
        {
            if (time.GetElapsedTime(began) >= sizes.RunTime)
            {
                return false;
            }

            var longer = await CopyPartAsync(id, copy, cancellationToken);
            progress = progress with
            {
                Tables = [.. progress.Tables.Select(t => t == copy ? longer : t)],
                Claim = new(_owner, time.GetUtcNow()),
            };
            if (await container.TryWriteProgressAsync(progress, etag, cancellationToken) is not { } written)
            {
                return false;
            }

            etag = written;
        }

        await container.CompleteAsync(progress with { CompletedAt = time.GetUtcNow(), Claim = null }, cancellationToken);
        await TidyAsync(id, cancellationToken);
        return true;
    }

    /// <summary>Deletes the backups of the days before one.</summary>
    public async Task RemoveBeforeAsync(string id, CancellationToken cancellationToken)
    {
        var old = await container.DaysAsync(cancellationToken).Where(d => string.CompareOrdinal(d, id) < 0).ToListAsync(cancellationToken);
        foreach (var day in old)
        {
            // The manifest first: what is left of a removal that was interrupted is not a backup.
            await container.Client.DeleteBlobIfExistsAsync(BackupContainer.ManifestOf(day), cancellationToken: cancellationToken);
            await DeleteAsync(day, _ => true, cancellationToken);
        }
    }

    private async Task<(BackupManifest Progress, ETag ETag)?> ClaimAsync(string id, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var found = await container.FindProgressAsync(id, cancellationToken);
        if (found is { Value.Claim: { } claim } && claim.Owner != _owner && now - claim.At < sizes.ClaimTime)
        {
            return null;
        }

        // Tables of another version of the service, or another format: begin again.
        var isFit = found is { Value: var known } && known.Format == BackupManifest.CurrentFormat
            && known.Tables.Select(t => t.Table).SequenceEqual(wanted);
        var progress = (isFit ? found!.Value.Value : Begin(id, now)) with { Claim = new(_owner, now) };
        return await container.TryWriteProgressAsync(progress, found?.ETag, cancellationToken) is { } etag ? (progress, etag) : null;
    }

    private BackupManifest Begin(string id, DateTimeOffset now) => new()
    {
        Format = BackupManifest.CurrentFormat,
        Id = id,
        Service = service,
        StartedAt = now,
        Tables = [.. wanted.Select(t => new BackupCopy(t, []) { IsComplete = t.Kind != TableKind.Copied })],
    };

    private async Task<BackupCopy> CopyPartAsync(string id, BackupCopy copy, CancellationToken cancellationToken)
    {
        var name = $"{id}/{copy.Table.Name}-{copy.Parts.Count:0000}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}.jsonl.gz";
        var blob = container.Client.GetBlockBlobClient(name);
        var (rows, next) = (0L, (string?)null);
        using var hash = SHA256.Create();
        long bytes;
        // A blob that is not complete when this fails is in no manifest, and is removed with the others.
        await using (var output = await blob.OpenWriteAsync(overwrite: true, cancellationToken: cancellationToken))
        {
            await using (var hashed = new CryptoStream(output, hash, CryptoStreamMode.Write, leaveOpen: true))
            await using (var zipped = new GZipStream(hashed, CompressionLevel.Fastest))
            {
                var lines = new ArrayBufferWriter<byte>();
                var pages = tables.GetTableClient(copy.Table.Name).QueryAsync<TableEntity>(
                    copy.Table.Filter, sizes.PageRows, cancellationToken: cancellationToken);
                await foreach (var page in pages.AsPages(copy.Next, sizes.PageRows))
                {
                    foreach (var row in page.Values)
                    {
                        RowLine.Write(lines, row);
                    }

                    await zipped.WriteAsync(lines.WrittenMemory, cancellationToken);
                    lines.ResetWrittenCount();
                    (rows, next) = (rows + page.Values.Count, page.ContinuationToken);
                    if (rows >= sizes.PartRows)
                    {
                        break;
                    }
                }
            }

            bytes = output.Position;
        }

        var part = new BackupPart(name, rows, bytes, Convert.ToHexStringLower(hash.Hash!));
        var isLast = string.IsNullOrEmpty(next);
        return copy with { Parts = [.. copy.Parts, part], Next = isLast ? null : next, IsComplete = isLast };
    }

    /// <summary>Deletes the blobs of a day that its manifest does not name: the progress, and parts of processes that died.</summary>
    private async Task TidyAsync(string id, CancellationToken cancellationToken)
    {
        if (await container.FindAsync(id, cancellationToken) is { } manifest)
        {
            var named = manifest.Tables.SelectMany(t => t.Parts).Select(p => p.Blob).Append(BackupContainer.ManifestOf(id)).ToHashSet();
            await DeleteAsync(id, blob => !named.Contains(blob), cancellationToken);
        }
    }

    private async Task DeleteAsync(string id, Func<string, bool> matches, CancellationToken cancellationToken)
    {
        await foreach (var blob in container.Client.GetBlobsAsync(new GetBlobsOptions { Prefix = $"{id}/" }, cancellationToken))
        {
            if (matches(blob.Name))
            {
                await container.Client.DeleteBlobIfExistsAsync(blob.Name, cancellationToken: cancellationToken);
            }
        }
    }
}
