using Azure;
using Azure.Data.Tables;
using PerCall.Functions.Journal;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Metering.RollUp;

/// <summary>The table <c>usage</c>. Each account has one partition. The roll-up has two more, whose names cannot be accounts.</summary>
public sealed class UsageTable(TableClient client)
{
    public const string Name = "usage";
    public const string RollUpPartition = "~rollup";
    private const string AccountsPartition = "~accounts";

    public TableClient Client => client;

    /// <summary>Returns the rows of the days from <paramref name="from"/> up to, but not including, <paramref name="to"/>.</summary>
    public Task<List<UsageRow>> RowsAsync(string account, DateOnly from, DateOnly to, CancellationToken cancellation) =>
        RangeAsync<UsageRow>(account, UsageKey.From(from), UsageKey.From(to), cancellation);

    /// <summary>Returns all checkpoints of an account, by blob.</summary>
    public async Task<Dictionary<string, long>> CheckpointsAsync(string account, CancellationToken cancellation) =>
        (await RangeAsync<Checkpoint>(account, Checkpoint.KeyOf(""), Checkpoint.KeyOf("~"), cancellation)).ToDictionary(
            c => c.Blob(), c => c.Offset, StringComparer.Ordinal);

    public async Task<Checkpoint?> CheckpointAsync(string account, string blob, CancellationToken cancellation) =>
        await client.GetEntityIfExistsAsync<Checkpoint>(
            account, Checkpoint.KeyOf(blob), cancellationToken: cancellation) is { HasValue: true, Value: { } found } ? found : null;

    /// <summary>Deletes an account's checkpoints of blobs before the watermark.</summary>
    public async Task DropCheckpointsAsync(string account, string hour, CancellationToken cancellation)
    {
        foreach (var old in await RangeAsync<Checkpoint>(account, Checkpoint.KeyOf(""), Checkpoint.KeyOf(hour), cancellation))
        {
            await client.DeleteEntityAsync(account, old.RowKey, ETag.All, cancellation);
        }
    }

    public async Task<string> WatermarkAsync(CancellationToken cancellation) => (await FindWatermarkAsync(cancellation))?.Hour ?? "";

    /// <summary>Moves the watermark forward, never back.</summary>
    public async Task MoveWatermarkAsync(string hour, CancellationToken cancellation)
    {
        while (true)
        {
            var found = await FindWatermarkAsync(cancellation);
            if (string.CompareOrdinal(found?.Hour, hour) >= 0)
            {
                return;
            }

            try
            {
                await (found is null
                    ? client.AddEntityAsync(new Watermark { Hour = hour }, cancellation)
                    : client.UpdateEntityAsync(new Watermark { Hour = hour }, found.ETag, TableUpdateMode.Replace, cancellation));
                return;
            }
            catch (RequestFailedException e) when (e.IsRowConflict())
            {
                // Another process was first; read its version.
            }
        }
    }

    /// <summary>Returns the progress of the blobs from an hour on.</summary>
    public async Task<Dictionary<string, BlobProgress>> ProgressAsync(string hour, CancellationToken cancellation) =>
        (await RangeAsync<BlobProgress>(RollUpPartition, BlobProgress.KeyOf(hour), BlobProgress.KeyOf("~"), cancellation)).ToDictionary(
            p => p.Blob(), StringComparer.Ordinal);

    /// <summary>Stores how far a blob is counted for all accounts, unless a later position is already stored.</summary>
    public async Task SaveProgressAsync(string blob, long offset, JournalLine? mark, CancellationToken cancellation)
    {
        while (true)
        {
            var key = BlobProgress.KeyOf(blob);
            var found = await client.GetEntityIfExistsAsync<BlobProgress>(RollUpPartition, key, cancellationToken: cancellation);
            if (found.HasValue && found.Value!.Offset >= offset)
            {
                return;
            }

            var progress = new BlobProgress { RowKey = key, Offset = offset, Final = mark is not null, Next = mark?.Close?.Next };
            try
            {
                await (found.HasValue
                    ? client.UpdateEntityAsync(progress, found.Value!.ETag, TableUpdateMode.Replace, cancellation)
                    : client.AddEntityAsync(progress, cancellation));
                return;
            }
            catch (RequestFailedException e) when (e.IsRowConflict())
            {
                // Another process was first; read its version.
            }
        }
    }

    /// <summary>Deletes the progress of blobs before the watermark.</summary>
    public async Task DropProgressAsync(string hour, CancellationToken cancellation)
    {
        foreach (var old in await RangeAsync<BlobProgress>(RollUpPartition, BlobProgress.KeyOf(""), BlobProgress.KeyOf(hour), cancellation))
        {
            await client.DeleteEntityAsync(RollUpPartition, old.RowKey, ETag.All, cancellation);
        }
    }

    /// <summary>Returns all accounts with usage, including those of erased tenants.</summary>
    public async Task<List<string>> AccountsAsync(CancellationToken cancellation) =>
        [.. (await RangeAsync<TableEntity>(AccountsPartition, "", "\uffff", cancellation)).Select(a => a.RowKey)];

    public Task RememberAccountAsync(string account, CancellationToken cancellation) =>
        client.UpsertEntityAsync(new TableEntity(AccountsPartition, account), TableUpdateMode.Replace, cancellation);

    private async Task<Watermark?> FindWatermarkAsync(CancellationToken cancellation) =>
        await client.GetEntityIfExistsAsync<Watermark>(
            RollUpPartition, Watermark.Key, cancellationToken: cancellation) is { HasValue: true, Value: { } found } ? found : null;

    /// <summary>Returns the rows of a partition from one key up to, but not including, another.</summary>
    private async Task<List<T>> RangeAsync<T>(string partition, string from, string to, CancellationToken cancellation)
        where T : class, ITableEntity =>
        await client.QueryAsync<T>(
            TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey ge {from} and RowKey lt {to}"),
            cancellationToken: cancellation).ToListAsync(cancellation);
}
