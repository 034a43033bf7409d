using Azure;
using PerCall.Functions.Storage.Formats;

namespace PerCall.Functions.Metering.RollUp;

/// <summary>The hour before which every journal blob is final and counted.</summary>
public sealed class Watermark : IStoredRow
{
    public const string Key = "watermark";

    public string PartitionKey { get; set; } = UsageTable.RollUpPartition;

    public string RowKey { get; set; } = Key;

    public DateTimeOffset? Timestamp { get; set; }

    public ETag ETag { get; set; }

    public int Format { get; set; }

    /// <summary>In the form of blob names; empty: not set yet.</summary>
    public string Hour { get; set; } = "";
}
