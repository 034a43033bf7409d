using Azure;
using PerCall.Functions.Storage.Formats;

namespace PerCall.Functions.Metering.RollUp;

/// <summary>
/// How far a journal blob is counted for one account. The checkpoint changes in the same transaction as the account's rows.
/// </summary>
public sealed class Checkpoint : IStoredRow
{
    private const string Prefix = "cp|";

    public string PartitionKey { get; set; } = "";

    public string RowKey { get; set; } = "";

    public DateTimeOffset? Timestamp { get; set; }

    public ETag ETag { get; set; }

    public int Format { get; set; }

    /// <summary>Bytes from the blob's start.</summary>
    public long Offset { get; set; }

    /// <summary>Returns the row key of a blob's checkpoint, or the lowest key of an hour. Table keys cannot contain slashes.</summary>
    public static string KeyOf(string blobOrHour) => Prefix + blobOrHour.Replace('/', '!');

    public string Blob() => RowKey[Prefix.Length..].Replace('!', '/');
}
