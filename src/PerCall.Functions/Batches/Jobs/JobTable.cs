using System.Runtime.CompilerServices;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Batches.Jobs;

/// <summary>A job as read, with its ETag.</summary>
public readonly record struct StoredJob(Job Job, ETag ETag);

/// <summary>
/// Stores jobs in the table <c>jobs</c>, with a partition per account and a row per job. The ids sort the newest first. Jobs that have not
/// ended are also listed in the partition <c>~open</c>: they are added there before they exist and removed after they have ended.
/// </summary>
public sealed class JobTable(TableServiceClient tables)
{
    public const string Name = "jobs";

    /// <summary>The partition with the idempotency keys of calls that start jobs.</summary>
    public const string Keys = "~keys";

    /// <summary>The partition with the upload addresses.</summary>
    public const string Uploads = "~uploads";

    /// <summary>The partition with the progress of sweeps over the inbox.</summary>
    public const string Inbox = "~inbox";

    private const string Erased = "~erased";
    private const string Until = "Until";
    private const string Open = "~open";
    private const string Watch = "~watch";
    private const string Column = "Job";
    private const string Ended = "Ended";

    /// <summary>A filter for the batches that have ended. Rows of other batches lack the property.</summary>
    public const string EndedRows = $"{Ended} gt datetime'2000-01-01T00:00:00Z'";

    private readonly TableClient _table = tables.GetTableClient(Name);

    /// <returns>False: the job already exists.</returns>
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

    /// <summary>Writes a job if it has not changed since it was read.</summary>
    /// <returns>The job as stored; null: the job has been changed or removed.</returns>
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

    /// <summary>Changes a job. Retries if the job is changed concurrently.</summary>
    /// <param name="account">The account that owns the job.</param>
    /// <param name="id">The job id.</param>
    /// <param name="change">Returns the changed job; null: do not change the job.</param>
    /// <param name="cancellation">Cancels the retries.</param>
    /// <returns>The job as stored; null: the job does not exist.</returns>
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

    /// <summary>Makes a job fail, keeping the rows done so far, unless the job is already ending.</summary>
    public Task FailAsync(string account, string id, JobFault fault) =>
        ChangeAsync(
            account, id, j =>
                j is { IsOpen: true, Ending: null } ? j with { Ending = JobEnding.Failed, Fault = fault } : null, CancellationToken.None);

    /// <summary>Lists the jobs of an account, newest first.</summary>
    /// <param name="account">The account.</param>
    /// <param name="after">The job after which the list begins; null: from the newest.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    public async IAsyncEnumerable<Job> ListAsync(string account, string? after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {account} and RowKey gt {after ?? ""}");
        await foreach (var entity in _table.QueryAsync<TableEntity>(filter, cancellationToken: cancellation))
        {
            yield return Stored(entity).Job;
        }
    }

    /// <summary>Lists the jobs that have not ended. The list can also contain jobs that have ended or were never created.</summary>
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

    /// <summary>Takes the turn to check open jobs. Only one instance has it at a time.</summary>
    /// <param name="since">Fails if any instance took a turn after this time.</param>
    /// <param name="cancellation">Cancels the wait for storage.</param>
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

    /// <summary>Lists the jobs that ended before a time.</summary>
    public async IAsyncEnumerable<(string Account, string Id)> EndedBeforeAsync(
        DateTimeOffset time, [EnumeratorCancellation] CancellationToken cancellation)
    {
        // Rows of jobs that have not ended lack this property, so the comparison excludes them.
        var filter = TableClient.CreateQueryFilter($"Ended lt {time}");
        await foreach (var entity in _table.QueryAsync<TableEntity>(
            filter, select: ["PartitionKey", "RowKey"], cancellationToken: cancellation))
        {
            yield return (entity.PartitionKey, entity.RowKey);
        }
    }

    /// <summary>Records that data of an erased account can still arrive, through an upload address or from a running step.</summary>
    public Task MarkErasedAsync(string account, DateTimeOffset until, CancellationToken cancellation) =>
        _table.UpsertEntityAsync(new TableEntity(Erased, account) { [Until] = until }, TableUpdateMode.Replace, cancellation);

    /// <summary>Lists the accounts whose data can still arrive, and until when.</summary>
    public IAsyncEnumerable<(string Account, DateTimeOffset Until)> ErasedAsync(CancellationToken cancellation) =>
        _table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {Erased}"), cancellationToken: cancellation)
            .Select(r => (r.RowKey, r.GetDateTimeOffset(Until) ?? default));

    public Task ForgetErasedAsync(string account, CancellationToken cancellation) =>
        _table.DeleteEntityAsync(Erased, account, cancellationToken: cancellation);

    /// <summary>
    /// Removes an account's rows other than its jobs: keys, upload addresses, and entries of open jobs, including jobs that were never
    /// created.
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

    /// <summary>
    /// Returns the filter for one account's rows in a partition that all accounts share. Its row keys are <c>account~…</c>.
    /// </summary>
    // '~' is before '\x7f' in the order of keys.
    public static string OfAccount(string partition, string account) =>
        TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey ge {account + "~"} and RowKey lt {account + "\x7f"}");

    private static string OpenKey(string account, string id) => $"{account}~{id}";

    private static TableEntity Entity(Job job) =>
        new(job.Account, job.Id) { [Column] = JsonSerializer.Serialize(job, JobJson.Default.Job), [Ended] = job.EndedAt };

    private static StoredJob Stored(TableEntity entity) =>
        new(JsonSerializer.Deserialize(entity.GetString(Column), JobJson.Default.Job)!, entity.ETag);
}
