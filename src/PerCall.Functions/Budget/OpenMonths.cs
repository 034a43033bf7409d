using System.Collections.Concurrent;
using System.Globalization;
using Azure.Data.Tables;

namespace PerCall.Functions.Budget;

/// <summary>
/// Accounts and months that may have leases, as rows of one partition, so that a sweep need not look at all of them. A row is written
/// before a lease is taken, again every few minutes while there are any, and removed long after the last.
/// </summary>
public sealed class OpenMonths(LimitsTable table, TimeProvider time)
{
    private const string PartitionName = "open-months";
    private static readonly TimeSpan Again = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(30);

    private readonly ConcurrentDictionary<string, long> _marked = new(StringComparer.Ordinal);

    /// <summary>A filter for the rows of one account.</summary>
    // '~' is before '\x7f' in the order of keys.
    public static string OfAccount(string account) =>
        TableClient.CreateQueryFilter($"PartitionKey eq {PartitionName} and RowKey ge {account + "~"} and RowKey lt {account + "\x7f"}");

    public async Task MarkAsync(MonthRow row, CancellationToken cancellation)
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"{row.Account}~{row.Month:yyyy-MM}");
        if (_marked.TryGetValue(key, out var at) && time.GetElapsedTime(at) < Again)
        {
            return;
        }

        var now = time.GetTimestamp();
        await table.UpsertAsync(new TableEntity(PartitionName, key) { ["Marked"] = time.GetUtcNow() }, cancellation);
        _marked[key] = now;
    }

    /// <summary>Forgets in this instance what it has marked long ago.</summary>
    public void Forget()
    {
        foreach (var (key, at) in _marked)
        {
            if (time.GetElapsedTime(at) >= Again)
            {
                _marked.TryRemove(new(key, at));
            }
        }
    }

    /// <summary>Calls for each; what it finds without leases, and was not marked lately, is removed.</summary>
    /// <param name="hasLeases">Looks at one month.</param>
    /// <param name="cancellation">Ends the sweep between two.</param>
    public async Task SweepAsync(Func<MonthRow, Task<bool>> hasLeases, CancellationToken cancellation)
    {
        await foreach (var entity in table.Partition(PartitionName, cancellation))
        {
            var parts = entity.RowKey.Split('~');
            var month = DateOnly.ParseExact(parts[1], "yyyy-MM", CultureInfo.InvariantCulture);
            if (!await hasLeases(new MonthRow(table, parts[0], month)) && time.GetUtcNow() - entity.GetDateTimeOffset("Marked") > Kept)
            {
                await table.TryDeleteAsync(entity, cancellation);
            }
        }
    }
}
