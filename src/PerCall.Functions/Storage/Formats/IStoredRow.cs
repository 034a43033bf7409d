using Azure.Data.Tables;

namespace PerCall.Functions.Storage.Formats;

/// <summary>
/// A row with a type of its own. <see cref="FormattedTable"/> sets the number when it writes, and checks it when it reads.
/// </summary>
public interface IStoredRow : ITableEntity
{
    /// <summary>The number of a <see cref="StorageFormat"/>; 0: written before rows had one.</summary>
    int Format { get; set; }
}
