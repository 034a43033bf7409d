using Azure.Core.Pipeline;
using Azure.Data.Tables;
using PerCall.Functions.Limits;

namespace PerCall.Functions.Tests.Limits;

/// <summary>The table as an instance opens it.</summary>
internal static class LimitTables
{
    /// <param name="storage">A connection string.</param>
    /// <param name="fault">What happens to this instance's writes on their way.</param>
    /// <param name="table">Its name.</param>
    public static async Task<LimitsTable> OpenAsync(string storage, HttpPipelinePolicy? fault = null, string table = LimitsTable.Name)
    {
        var options = new TableClientOptions { Retry = { MaxRetries = 0 } };
        if (fault is not null)
        {
            options.AddPolicy(fault, Azure.Core.HttpPipelinePosition.PerRetry);
        }

        var reads = new TableClient(storage, table);
        await reads.CreateIfNotExistsAsync();
        return new(reads, new TableClient(storage, table, options));
    }
}
