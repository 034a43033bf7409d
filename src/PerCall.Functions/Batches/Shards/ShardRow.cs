using System.Globalization;
using Azure;
using Azure.Data.Tables;
using PerCall.Functions.Batches.Jobs;

namespace PerCall.Functions.Batches.Shards;

/// <summary>
/// What was delivered of a shard, and in which blocks it lies. That this row exists is that the shard is done: it is written once, and the
/// job's charge is the sum of such rows.
/// </summary>
public sealed class ShardRow : ITableEntity
{
    /// <summary>The job.</summary>
    public string PartitionKey { get; set; } = "";

    /// <summary>The shard, in six digits.</summary>
    public string RowKey { get; set; } = "";

    public DateTimeOffset? Timestamp { get; set; }

    public ETag ETag { get; set; }

    public string Attempt { get; set; } = "";

    public long Delivered { get; set; }

    public long Failed { get; set; }

    /// <inheritdoc cref="RowCounts.CallUnits" path="/summary"/>
    public long CallUnits { get; set; }

    public int OutputParts { get; set; }

    public long OutputBytes { get; set; }

    public int ErrorParts { get; set; }

    public long ErrorBytes { get; set; }

    public int TableParts { get; set; }

    public long TableBytes { get; set; }

    /// <summary>What it took.</summary>
    public long Milliseconds { get; set; }

    public int Shard() => int.Parse(RowKey, CultureInfo.InvariantCulture);

    public RowCounts Counts() => new(Delivered, Failed, CallUnits);
}
