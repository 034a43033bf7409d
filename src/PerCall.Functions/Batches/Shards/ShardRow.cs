using System.Globalization;
using Azure;
using Azure.Data.Tables;
using PerCall.Functions.Batches.Jobs;

namespace PerCall.Functions.Batches.Shards;

/// <summary>
/// The results of a shard and the blocks that contain them. The row's existence marks the shard as done. It is written once, and the job's
/// charge is the sum of these rows.
/// </summary>
public sealed class ShardRow : ITableEntity
{
    /// <summary>The job's id.</summary>
    public string PartitionKey { get; set; } = "";

    /// <summary>The shard's number with six digits.</summary>
    public string RowKey { get; set; } = "";

    public DateTimeOffset? Timestamp { get; set; }

    public ETag ETag { get; set; }

    public string Attempt { get; set; } = "";

    public long Delivered { get; set; }

    public long Failed { get; set; }

    /// <inheritdoc cref="RowCounts.CallUnits" path="/summary"/>
    public long CallUnits { get; set; }

    /// <summary>The delivered rows that the fallback answered; null: none.</summary>
    public long? FallbackDelivered { get; set; }

    /// <inheritdoc cref="FallbackRows.CallUnits" path="/summary"/>
    public long? FallbackUnits { get; set; }

    /// <summary>What providers bill the operator for the delivered rows, in micro-units; null: nothing.</summary>
    public long? FallbackCost { get; set; }

    public int OutputParts { get; set; }

    public long OutputBytes { get; set; }

    public int ErrorParts { get; set; }

    public long ErrorBytes { get; set; }

    public int TableParts { get; set; }

    public long TableBytes { get; set; }

    /// <summary>The processing time in milliseconds.</summary>
    public long Milliseconds { get; set; }

    public int Shard() => int.Parse(RowKey, CultureInfo.InvariantCulture);

    public FallbackRows Fallback() => new(FallbackDelivered ?? 0, FallbackUnits ?? 0, FallbackCost ?? 0);

    public RowCounts Counts() => new(Delivered, Failed, CallUnits, Fallback());

    /// <summary>Sets the rows that the fallback answered, so that the row of a shard without any has no further columns.</summary>
    public void Set(FallbackRows rows)
    {
        if (rows != default)
        {
            (FallbackDelivered, FallbackUnits, FallbackCost) = (rows.Rows, rows.CallUnits, rows.Cost);
        }
    }
}
