using System.Globalization;
using Azure;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Results;
using PerCall.Functions.Storage.Formats;

namespace PerCall.Functions.Batches.Shards;

/// <summary>
/// The results of a shard and the blocks that contain them. The row's existence marks the shard as done. It is written once, and the job's
/// charge is the sum of these rows.
/// </summary>
public sealed class ShardRow : IStoredRow
{
    /// <summary>The job's id.</summary>
    public string PartitionKey { get; set; } = "";

    /// <summary>The shard's number with six digits.</summary>
    public string RowKey { get; set; } = "";

    public DateTimeOffset? Timestamp { get; set; }

    public ETag ETag { get; set; }

    public int Format { get; set; }

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

    /// <summary>The tokens of the delivered rows, if they are calls on a large model; otherwise null.</summary>
    public long? TokensIn { get; set; }

    public long? TokensCachedIn { get; set; }

    public long? TokensOut { get; set; }

    /// <summary>What the provider bills the operator for the delivered rows, in micro-units.</summary>
    public long? Cost { get; set; }

    /// <summary>The number of delivered rows whose tokens were counted here.</summary>
    public long? Counted { get; set; }

    public int OutputParts { get; set; }

    public long OutputBytes { get; set; }

    public int ErrorParts { get; set; }

    public long ErrorBytes { get; set; }

    public int TableParts { get; set; }

    public long TableBytes { get; set; }

    /// <summary>The processing time in milliseconds.</summary>
    public long Milliseconds { get; set; }

    /// <summary>Returns the row of a finished shard.</summary>
    /// <param name="job">The job's id.</param>
    /// <param name="shard">The shard's number.</param>
    /// <param name="attempt">The attempt whose blocks were staged.</param>
    /// <param name="writer">The results.</param>
    /// <param name="took">The processing time.</param>
    public static ShardRow From(string job, int shard, string attempt, ResultWriter writer, TimeSpan took) => new()
    {
        PartitionKey = job,
        RowKey = shard.ToString("000000", CultureInfo.InvariantCulture),
        Attempt = attempt,
        Delivered = writer.Delivered,
        Failed = writer.Failed,
        CallUnits = writer.CallUnits,
        OutputParts = writer[ResultFile.Output]!.Parts,
        OutputBytes = writer[ResultFile.Output]!.Bytes,
        ErrorParts = writer[ResultFile.Errors]!.Parts,
        ErrorBytes = writer[ResultFile.Errors]!.Bytes,
        TableParts = writer[ResultFile.Table]?.Parts ?? 0,
        TableBytes = writer[ResultFile.Table]?.Bytes ?? 0,
        Milliseconds = (long)took.TotalMilliseconds,
    };

    /// <summary>Returns the row of a finished shard of calls on a large model.</summary>
    /// <inheritdoc cref="From"/>
    public static ShardRow FromCalls(string job, int shard, string attempt, ResultWriter writer, TimeSpan took)
    {
        var row = From(job, shard, attempt, writer, took);
        var tokens = writer.Tokens;
        (row.TokensIn, row.TokensCachedIn, row.TokensOut) = (tokens.In, tokens.CachedIn, tokens.Out);
        (row.Cost, row.Counted) = (tokens.Cost, tokens.Counted);
        return row;
    }

    public int Shard() => int.Parse(RowKey, CultureInfo.InvariantCulture);

    public FallbackRows Fallback() => new(FallbackDelivered ?? 0, FallbackUnits ?? 0, FallbackCost ?? 0);

    public CallTokens Tokens() => new(TokensIn ?? 0, TokensCachedIn ?? 0, TokensOut ?? 0, Cost ?? 0, Counted ?? 0);

    public RowCounts Counts() => new(Delivered, Failed, CallUnits, Tokens(), Fallback());

    /// <summary>Sets the rows that the fallback answered, so that the row of a shard without any has no further columns.</summary>
    public void Set(FallbackRows rows)
    {
        if (rows != default)
        {
            (FallbackDelivered, FallbackUnits, FallbackCost) = (rows.Rows, rows.CallUnits, rows.Cost);
        }
    }
}
