using Azure;

namespace PerCall.Functions.Storage.Formats;

/// <summary>The formats of the data in the account: the only row of the table <c>service</c>.</summary>
public sealed class FormatRow : IStoredRow
{
    public const string Table = "service";
    public const string Key = "format";

    public string PartitionKey { get; set; } = Key;

    public string RowKey { get; set; } = Key;

    public DateTimeOffset? Timestamp { get; set; }

    public ETag ETag { get; set; }

    public int Format { get; set; }

    /// <summary>The newest format that any program has written here.</summary>
    public int Newest { get; set; }

    /// <summary>The oldest format that data here can still have.</summary>
    public int Oldest { get; set; }
}
