using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Logging;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Batches.Uploads;

/// <summary>
/// Removes uploaded files that should not have been accepted: those of erased tenants, and those beyond a tenant's storage limit.
/// </summary>
public sealed partial class UploadSweep(
    BlobContainers containers, Inbox inbox, UploadNotes notes, StoredBytes stored, JobTable jobs, TimeProvider time,
    ILogger<UploadSweep> log)
{
    /// <summary>The containers in which data of an erased tenant can still arrive, from an upload address or a running shard.</summary>
    private static readonly string[] Containers = [InboxPath.Container, FileStore.Container, WorkFiles.Container, ResultFiles.Container];

    private readonly UploadNotes _notes = notes;

    /// <returns>The present if a file waits for its tenant's limits; null: no file does.</returns>
    public async Task<DateTimeOffset?> RunAsync(CancellationToken cancellation)
    {
        // Remove notes only after finding the files that arrived while the service was down.
        var next = await inbox.SweepAsync(cancellation);
        await RemoveErasedAsync(cancellation);
        await RemoveNotesAsync(cancellation);
        return next;
    }

    private async Task RemoveErasedAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        foreach (var (account, until) in await jobs.ErasedAsync(cancellation).ToListAsync(cancellation))
        {
            foreach (var container in Containers.Select(c => containers[c]))
            {
                await foreach (var blob in container.GetBlobsAsync(new GetBlobsOptions { Prefix = $"{account}/" }, cancellation))
                {
                    await container.DeleteBlobIfExistsAsync(blob.Name, cancellationToken: cancellation);
                    LogErased(container.Name, account);
                }
            }

            if (now > until)
            {
                await jobs.ForgetErasedAsync(account, cancellation);
            }
        }
    }

    private async Task RemoveNotesAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        foreach (var notes in (
            await _notes.ListAsync(cancellation).ToListAsync(cancellation)).GroupBy(n => n.Account, StringComparer.Ordinal))
        {
            await RemoveExcessAsync(notes.Key, [.. notes], cancellation);
            foreach (var note in notes.Where(n => n.Expires + Inbox.Late < now))
            {
                await _notes.RemoveAsync(note, cancellation);
            }
        }
    }

    /// <summary>
    /// Removes excess files. Files sent to an address bypass the service, so the newest of them are removed until the rest fits the limit.
    /// </summary>
    private async Task RemoveExcessAsync(string account, IReadOnlyList<UploadNote> notes, CancellationToken cancellation)
    {
        var files = notes.Select(n => n.Blob.Split('/', 2)).Where(
            b => b[0] == FileStore.Container).Select(b => b[1]).ToHashSet(StringComparer.Ordinal);
        if (files.Count == 0 || await stored.OfAsync(account, cancellation) is var sum && sum <= stored.Most)
        {
            return;
        }

        var container = containers[FileStore.Container];
        var found = await container.GetBlobsAsync(
            new GetBlobsOptions { Prefix = $"{account}/" }, cancellation).Where(b => files.Contains(b.Name)).ToListAsync(cancellation);
        foreach (var blob in found.OrderByDescending(b => b.Properties.LastModified))
        {
            if (sum <= stored.Most)
            {
                break;
            }

            await container.DeleteBlobIfExistsAsync(blob.Name, cancellationToken: cancellation);
            sum -= blob.Properties.ContentLength ?? 0;
            LogExcess(account);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Removed a file in {Container} that arrived after account {Account} was erased")]
    private partial void LogErased(string container, string account);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Removed an uploaded file: account {Account} has reached its storage limit")]
    private partial void LogExcess(string account);
}
