using Azure.Data.Tables;
using PerCall.Functions.Budget;
using PerCall.Testing.Storage;

namespace PerCall.Functions.Tests.Budget;

/// <summary>The table as an instance opens it.</summary>
internal static class LimitTables
{
    /// <param name="storage">A connection string.</param>
    /// <param name="faults">What happens to this instance's writes on their way.</param>
    /// <param name="table">Its name.</param>
    public static async Task<LimitsTable> OpenAsync(string storage, StorageFaults? faults = null, string table = LimitsTable.Name)
    {
        var options = new TableClientOptions { Retry = { MaxRetries = 0 } }.Through(faults);
        var reads = new TableClient(storage, table);
        await reads.CreateIfNotExistsAsync();
        return new(reads, new TableClient(storage, table, options));
    }
}
