using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Data.Tables;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Batches.Uploads;

/// <summary>Stores notes on upload addresses until they expire, as rows of the table <c>jobs</c> in a partition of their own.</summary>
public sealed class UploadNotes(TableServiceClient tables)
{
    private readonly TableClient _table = tables.GetTableClient(JobTable.Name);

    public Task AddAsync(UploadNote note, CancellationToken cancellation) => _table.AddEntityAsync(Entity(note), cancellation);

    /// <summary>Finds a note; null: it does not exist or was removed.</summary>
    public async Task<UploadNote?> FindAsync(string account, string blob, CancellationToken cancellation)
    {
        var found = await _table.GetEntityIfExistsAsync<TableEntity>(
            JobTable.Uploads, KeyOf(account, blob), cancellationToken: cancellation);
        return found.HasValue ? Note(found.Value!) : null;
    }

    /// <summary>Assigns a job to a note, unless the note already has one.</summary>
    /// <returns>The note's job; null: the note was removed.</returns>
    public async Task<string?> ClaimAsync(UploadNote note, string job, CancellationToken cancellation)
    {
        while (note.Job is null)
        {
            try
            {
                await _table.UpdateEntityAsync(Entity(note with { Job = job }), note.ETag, TableUpdateMode.Replace, cancellation);
                return job;
            }
            catch (RequestFailedException e) when (e.IsChangedOrGone())
            {
                if (await FindAsync(note.Account, note.Blob, cancellation) is not { } now)
                {
                    return null;
                }

                note = now;
            }
        }

        return note.Job;
    }

    /// <summary>Counts an account's addresses that may still be valid, up to <paramref name="most"/>.</summary>
    public async Task<int> CountAsync(string account, DateTimeOffset now, int most, CancellationToken cancellation)
    {
        var filter = $"{JobTable.OfAccount(JobTable.Uploads, account)} and {TableClient.CreateQueryFilter($"Expires gt {now}")}";
        return await _table.QueryAsync<TableEntity>(filter, most, ["RowKey"], cancellation).Take(most).CountAsync(cancellation);
    }

    /// <summary>Lists all notes, grouped by account.</summary>
    public async IAsyncEnumerable<UploadNote> ListAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var entity in _table.QueryAsync<TableEntity>(
            TableClient.CreateQueryFilter($"PartitionKey eq {JobTable.Uploads}"), cancellationToken: cancellation))
        {
            yield return Note(entity);
        }
    }

    public Task RemoveAsync(UploadNote note, CancellationToken cancellation) =>
        _table.DeleteEntityAsync(JobTable.Uploads, note.Row, cancellationToken: cancellation);

    // Blob names contain characters that are not allowed in row keys.
    private static string KeyOf(string account, string blob) =>
        $"{account}~{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(blob)))}";

    private static TableEntity Entity(UploadNote note) => new(JobTable.Uploads, KeyOf(note.Account, note.Blob))
    {
        [nameof(UploadNote.Account)] = note.Account,
        [nameof(UploadNote.Blob)] = note.Blob,
        [nameof(UploadNote.Key)] = note.Key,
        [nameof(UploadNote.Webhook)] = note.Webhook,
        [nameof(UploadNote.Encoding)] = note.Encoding,
        [nameof(UploadNote.Expires)] = note.Expires,
        [nameof(UploadNote.Job)] = note.Job,
    };

    private static UploadNote Note(TableEntity entity) => new()
    {
        // Rows written by an earlier version lack some properties; their addresses have expired.
        Account = entity.GetString(nameof(UploadNote.Account)) ?? "",
        Blob = entity.GetString(nameof(UploadNote.Blob)) ?? "",
        Key = entity.GetString(nameof(UploadNote.Key)) ?? "",
        Webhook = entity.GetString(nameof(UploadNote.Webhook)),
        Encoding = entity.GetString(nameof(UploadNote.Encoding)),
        Expires = entity.GetDateTimeOffset(nameof(UploadNote.Expires)) ?? default,
        Job = entity.GetString(nameof(UploadNote.Job)),
        Row = entity.RowKey,
        ETag = entity.ETag,
    };
}
