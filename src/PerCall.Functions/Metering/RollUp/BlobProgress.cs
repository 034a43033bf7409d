using Azure;
using PerCall.Functions.Storage.Formats;

namespace PerCall.Functions.Metering.RollUp;

/// <summary>How far a journal blob is counted for all accounts. Earlier lines need not be read again.</summary>
public sealed class BlobProgress : IStoredRow
{
    private const string Prefix = "b|";

    public string PartitionKey { get; set; } = UsageTable.RollUpPartition;

    public string RowKey { get; set; } = "";

    public DateTimeOffset? Timestamp { get; set; }

    public ETag ETag { get; set; }

    public int Format { get; set; }

    /// <summary>Bytes from the blob's start.</summary>
    public long Offset { get; set; }

    /// <summary>Whether the mark has been read; no lines follow it.</summary>
    public bool Final { get; set; }

    /// <summary>The blob that continues the chain.</summary>
    public string? Next { get; set; }

    public static string KeyOf(string blobOrHour) => Prefix + blobOrHour.Replace('/', '!');

    public string Blob() => RowKey[Prefix.Length..].Replace('!', '/');
}
