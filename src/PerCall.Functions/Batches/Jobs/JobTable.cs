using System.Runtime.CompilerServices;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Batches.Jobs;

/// <summary>A job as it was read.</summary>
public readonly record struct StoredJob(Job Job, ETag ETag);

/// <summary>
/// The table <c>jobs</c>: a partition for each account, a row for each job, ids so made that the newest stands first. Jobs that have not
/// ended stand in the partition <c>~open</c> too: they are entered there before they exist, and removed when they have ended.
/// </summary>
public sealed class JobTable(TableServiceClient tables)
{
    public const string Name = "jobs";

    /// <summary>The partition of the keys that calls which begin jobs came with.</summary>
    public const string Keys = "~keys";

    /// <summary>The partition of the addresses for uploads that were given out.</summary>
    public const string Uploads = "~uploads";

    private const string Erased = "~erased";
    private const string Until = "Until";
    private const string Open = "~open";
    private const string Watch = "~watch";
    private const string Column = "Job";
    private const string Ended = "Ended";

    private readonly TableClient _table = tables.GetTableClient(Name);

    /// <returns>False: there is such a job already.</returns>
    public async Task<bool> TryAddAsync(Job job, CancellationToken cancellation)
    {
        await _table.UpsertEntityAsync(new TableEntity(Open, OpenKey(job.Account, job.Id)), TableUpdateMode.Replace, cancellation);
        try
        {
            await _table.AddEntityAsync(Entity(job), cancellation);
            return true;
        }
        catch (RequestFailedException e) when (e.AlreadyExists())
        {
            return false;
        }
    }

    public async Task<StoredJob?> FindAsync(string account, string id, CancellationToken cancellation)
    {
        var found = await _table.GetEntityIfExistsAsync<TableEntity>(account, id, cancellationToken: cancellation);
        return found.HasValue ? Stored(found.Value!) : null;
    }

    /// <summary>Writes a job unless somebody has changed it since it was read.</summary>
    /// <returns>The job as it is now; null: somebody has changed or removed it.</returns>
    public async Task<StoredJob?> TryUpdateAsync(StoredJob read, Job job, CancellationToken cancellation)
    {
        try
        {
            var response = await _table.UpdateEntityAsync(Entity(job), read.ETag, TableUpdateMode.Replace, cancellation);
            return new(job, response.Headers.ETag!.Value);
        }
        catch (RequestFailedException e) when (e.IsChangedOrGone())
        {
            return null;
        }
    }

    /// <summary>Changes a job, however often others do at the same time.</summary>
    /// <param name="account">Of the job.</param>
    /// <param name="id">Of the job.</param>
    /// <param name="change">What it is to be; null: it stays as it is.</param>
    /// <param name="cancellation">Ends the trying.</param>
    /// <returns>The job as it is now; null: there is none.</returns>
    public async Task<StoredJob?> ChangeAsync(string account, string id, Func<Job, Job?> change, CancellationToken cancellation)
    {
        while (await FindAsync(account, id, cancellation) is { } read)
        {
            if (change(read.Job) is not { } job)
            {
                return read;
            }

            if (await TryUpdateAsync(read, job, cancellation) is { } written)
            {
                return written;
            }
        }

        return null;
    }

    /// <summary>Has a job end, with what is done, for a reason of its own; unless it is ending already.</summary>
    public Task FailAsync(string account, string id, JobFault fault) =>
        ChangeAsync(
            account, id, j =>
                j is { IsOpen: true, Ending: null } ? j with { Ending = JobEnding.Failed, Fault = fault } : null, CancellationToken.None);

    /// <summary>Jobs of an account, the newest first.</summary>
    /// <param name="account">The account.</param>
    /// <param name="after">The job after which to begin; null: the newest.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public async IAsyncEnumerable<Job> ListAsync(string account, string? after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {account} and RowKey gt {after ?? ""}");
        await foreach (var entity in _table.QueryAsync<TableEntity>(filter, cancellationToken: cancellation))
        {
            yield return Stored(entity).Job;
        }
    }

    /// <summary>Jobs that have not ended, and perhaps some that have, or never came to be.</summary>
    public async IAsyncEnumerable<(
        string Account, string Id, DateTimeOffset Since)> OpenAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var entity in _table.QueryAsync<TableEntity>(
            TableClient.CreateQueryFilter($"PartitionKey eq {Open}"), cancellationToken: cancellation))
        {
            var parts = entity.RowKey.Split('~');
            yield return (parts[0], parts[1], entity.Timestamp ?? default);
        }
    }

    /// <summary>Takes the turn to look after open jobs, which one of all instances has at a time.</summary>
    /// <param name="since">Not if anybody has had it since then.</param>
    /// <param name="cancellation">Ends the waiting for storage.</param>
    public async Task<bool> TryTakeTurnAsync(DateTimeOffset since, CancellationToken cancellation)
    {
        var last = await _table.GetEntityIfExistsAsync<TableEntity>(Watch, Watch, cancellationToken: cancellation);
        if (last.HasValue && last.Value!.Timestamp > since)
        {
            return false;
        }

        try
        {
            var turn = new TableEntity(Watch, Watch);
            await (
                last.HasValue ? _table.UpdateEntityAsync(
                    turn, last.Value!.ETag, TableUpdateMode.Replace, cancellation) : _table.AddEntityAsync(turn, cancellation));
            return true;
        }
        catch (RequestFailedException e) when (e.IsWriteConflict())
        {
            return false;
        }
    }

    public async Task<int> CountOpenAsync(string account, int most, CancellationToken cancellation)
    {
        return await _table.QueryAsync<TableEntity>(
            OfAccount(Open, account), most, ["RowKey"], cancellation).Take(most).CountAsync(cancellation);
    }

    /// <summary>Jobs that ended before a time.</summary>
    public async IAsyncEnumerable<(string Account, string Id)> EndedBeforeAsync(
        DateTimeOffset time, [EnumeratorCancellation] CancellationToken cancellation)
    {
        // Rows of jobs that have not ended have no such property, and pass no comparison with it.
        var filter = TableClient.CreateQueryFilter($"Ended lt {time}");
        await foreach (var entity in _table.QueryAsync<TableEntity>(
            filter, select: ["PartitionKey", "RowKey"], cancellationToken: cancellation))
        {
            yield return (entity.PartitionKey, entity.RowKey);
        }
    }

    /// <summary>Notes that something of an account may still come in: by an address that was given out, or from a step that runs.</summary>
    public Task MarkErasedAsync(string account, DateTimeOffset until, CancellationToken cancellation) =>
        _table.UpsertEntityAsync(new TableEntity(Erased, account) { [Until] = until }, TableUpdateMode.Replace, cancellation);

    /// <summary>Accounts of which something may still come in, and until when.</summary>
    public IAsyncEnumerable<(string Account, DateTimeOffset Until)> ErasedAsync(CancellationToken cancellation) =>
        _table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {Erased}"), cancellationToken: cancellation)
            .Select(r => (r.RowKey, r.GetDateTimeOffset(Until) ?? default));

    public Task ForgetErasedAsync(string account, CancellationToken cancellation) =>
        _table.DeleteEntityAsync(Erased, account, cancellationToken: cancellation);

    /// <summary>
    /// Removes an account's rows beside its jobs: keys, addresses for uploads, and marks of jobs that never came to exist.
    /// </summary>
    public async Task RemoveNotesAsync(string account, CancellationToken cancellation)
    {
        foreach (var partition in (string[])[Keys, Uploads, Open])
        {
            await foreach (var row in _table.QueryAsync<TableEntity>(
                OfAccount(partition, account), select: ["PartitionKey", "RowKey"], cancellationToken: cancellation))
            {
                await _table.DeleteEntityAsync(row.PartitionKey, row.RowKey, cancellationToken: cancellation);
            }
        }
    }

    public async Task CloseAsync(string account, string id, CancellationToken cancellation) =>
        await _table.DeleteEntityAsync(Open, OpenKey(account, id), cancellationToken: cancellation);

    public async Task RemoveAsync(string account, string id, CancellationToken cancellation) =>
        await _table.DeleteEntityAsync(account, id, cancellationToken: cancellation);

    /// <summary>Rows of a partition of all accounts, whose keys are <c>account~…</c>, that are of one.</summary>
    // '~' is before '\x7f' in the order of keys.
    public static string OfAccount(string partition, string account) =>
        TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey ge {account + "~"} and RowKey lt {account + "\x7f"}");

    private static string OpenKey(string account, string id) => $"{account}~{id}";

    private static TableEntity Entity(Job job) =>
        new(job.Account, job.Id) { [Column] = JsonSerializer.Serialize(job, JobJson.Default.Job), [Ended] = job.EndedAt };

    private static StoredJob Stored(TableEntity entity) =>
        new(JsonSerializer.Deserialize(entity.GetString(Column), JobJson.Default.Job)!, entity.ETag);
}
