using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Data.Tables;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Batches.Shards;

/// <summary>
/// Stores shards in the table <c>shards</c>, with a partition per job. The row key shows the kind of row: digits for a finished shard,
/// <c>c</c> and digits for counted lines, <c>s</c> and digits for the state of a shard that was started before and did not finish.
/// </summary>
public sealed class ShardTable(TableServiceClient tables)
{
    public const string Name = "shards";

    private const int RowsPerTransaction = 100;
    private const string BehindDigits = ":";
    private const string Trial = "Trial";
    private const string Lines = "Lines";

    private readonly TableClient _table = tables.GetTableClient(Name);

    /// <returns>False: the row was already written by this or another instance; that row counts.</returns>
    public async Task<bool> TryAddAsync(ShardRow row, CancellationToken cancellation)
    {
        try
        {
            await _table.AddEntityAsync(row, cancellation);
            return true;
        }
        catch (RequestFailedException e) when (e.AlreadyExists())
        {
            return false;
        }
    }

    public async Task<bool> IsDoneAsync(string job, int shard, CancellationToken cancellation) =>
        (await _table.GetEntityIfExistsAsync<ShardRow>(job, Key(shard), ["RowKey"], cancellation)).HasValue;

    /// <summary>Returns the finished shards from a number on, in order.</summary>
    public AsyncPageable<ShardRow> DoneAsync(string job, int from, CancellationToken cancellation) => _table.QueryAsync<ShardRow>(
        TableClient.CreateQueryFilter($"PartitionKey eq {job} and RowKey ge {Key(from)} and RowKey lt {BehindDigits}"),
        cancellationToken: cancellation);

    /// <summary>Marks a shard as not done, because its staged results have been lost.</summary>
    public async Task ForgetAsync(string job, int shard, CancellationToken cancellation) =>
        await _table.DeleteEntityAsync(job, Key(shard), cancellationToken: cancellation);

    /// <summary>Returns the state of a shard that was started before.</summary>
    public async Task<ShardTrial> TrialAsync(string job, int shard, CancellationToken cancellation)
    {
        var found = await _table.GetEntityIfExistsAsync<TableEntity>(job, "s" + Key(shard), cancellationToken: cancellation);
        return found is { HasValue: true, Value: { } row } && row.GetString(Trial) is { } trial
            ? JsonSerializer.Deserialize(trial, ShardTrialJson.Default.ShardTrial)!
            : new();
    }

    public async Task SetTrialAsync(string job, int shard, ShardTrial trial, CancellationToken cancellation) =>
        await _table.UpsertEntityAsync(
            new TableEntity(job, "s" + Key(shard)) { [Trial] = JsonSerializer.Serialize(trial, ShardTrialJson.Default.ShardTrial) },
            TableUpdateMode.Replace,
            cancellation);

    /// <summary>Stores the line counts of a part and, for calls on a large model, the most that its rows can use.</summary>
    public async Task SetLinesAsync(string job, int part, byte[] lines, CallBounds bounds, CancellationToken cancellation)
    {
        var row = new TableEntity(job, "c" + Key(part)) { [Lines] = lines };
        if (bounds != default)
        {
            row[nameof(bounds.PromptTokens)] = bounds.PromptTokens;
            row[nameof(bounds.PromptBound)] = bounds.PromptBound;
            row[nameof(bounds.OutputBound)] = bounds.OutputBound;
        }

        await _table.UpsertEntityAsync(row, TableUpdateMode.Replace, cancellation);
    }

    /// <summary>Returns the parts whose lines were counted, in order.</summary>
    public async IAsyncEnumerable<CountedPart> LinesAsync(string job, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var row in _table.QueryAsync<TableEntity>(
            TableClient.CreateQueryFilter($"PartitionKey eq {job} and RowKey ge {"c"} and RowKey lt {"d"}"),
            cancellationToken: cancellation))
        {
            yield return new(
                int.Parse(row.RowKey.AsSpan(1), CultureInfo.InvariantCulture),
                row.GetBinary(Lines),
                new(
                    row.GetInt64(nameof(CallBounds.PromptTokens)) ?? 0,
                    row.GetInt64(nameof(CallBounds.PromptBound)) ?? 0,
                    row.GetInt64(nameof(CallBounds.OutputBound)) ?? 0));
        }
    }

    /// <summary>Removes all rows of a job's shards.</summary>
    public async Task RemoveAsync(string job, CancellationToken cancellation)
    {
        var keys = _table.QueryAsync<TableEntity>(
            TableClient.CreateQueryFilter($"PartitionKey eq {job}"), select: ["PartitionKey", "RowKey"], cancellationToken: cancellation);
        await foreach (var rows in keys.Chunk(RowsPerTransaction).WithCancellation(cancellation))
        {
            try
            {
                await _table.SubmitTransactionAsync(
                    rows.Select(r => new TableTransactionAction(TableTransactionActionType.Delete, r)), cancellation);
            }
            catch (TableTransactionFailedException e) when (e.Status == 404)
            {
                // Another instance removes these rows too. The next removal finds any that are left.
            }
        }
    }

    private static string Key(int shard) => shard.ToString("000000", CultureInfo.InvariantCulture);
}

/// <summary>A part of a file whose lines were counted.</summary>
/// <param name="Part">The part's number.</param>
/// <param name="Lines">The packed counts, and whether the part's last byte ends a line.</param>
/// <param name="Bounds">The most that its rows can use, if they are calls on a large model.</param>
public readonly record struct CountedPart(int Part, byte[] Lines, CallBounds Bounds);

[JsonSerializable(typeof(ShardTrial))]
public sealed partial class ShardTrialJson : JsonSerializerContext;
