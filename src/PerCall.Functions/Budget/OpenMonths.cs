using System.Collections.Concurrent;
using System.Globalization;
using Azure.Data.Tables;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Budget;

/// <summary>
/// The accounts and months that may have leases, as rows of one partition, so that a sweep need not read all accounts. A row is written
/// before a lease is taken and every few minutes while there are leases. It is removed long after the last lease.
/// </summary>
public sealed class OpenMonths(LimitsTable table, TimeProvider time)
{
    private const string PartitionName = "open-months";
    private static readonly TimeSpan Again = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(30);

    private readonly ConcurrentDictionary<string, long> _marked = new(StringComparer.Ordinal);

    /// <summary>Returns a filter for the rows of one account.</summary>
    // '~' sorts before '\x7f' in keys.
    public static string OfAccount(string account) =>
        TableClient.CreateQueryFilter($"PartitionKey eq {PartitionName} and RowKey ge {account + "~"} and RowKey lt {account + "\x7f"}");

    /// <summary>Called before a lease is taken or changed. Must return at once.</summary>
    public Action Opened { get; init; } = () => { };

    public async Task MarkAsync(MonthRow row, CancellationToken cancellation)
    {
        Opened();
        var key = string.Create(CultureInfo.InvariantCulture, $"{row.Account}~{row.Month:yyyy-MM}");
        if (_marked.TryGetValue(key, out var at) && time.GetElapsedTime(at) < Again)
        {
            return;
        }

        var now = time.GetTimestamp();
        await table.UpsertAsync(new TableEntity(PartitionName, key) { ["Marked"] = time.GetUtcNow() }, cancellation);
        _marked[key] = now;
    }

    /// <summary>Removes old marks from this instance's memory.</summary>
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

    /// <summary>Calls a function for each month. Removes the months without leases that were not marked lately.</summary>
    /// <param name="expiry">Returns when the first of a month's leases expires; null: the month has no leases.</param>
    /// <param name="cancellation">Cancels the sweep between two months.</param>
    /// <returns>When the first lease expires; null: there are no leases.</returns>
    public async Task<DateTimeOffset?> SweepAsync(Func<MonthRow, Task<DateTimeOffset?>> expiry, CancellationToken cancellation)
    {
        DateTimeOffset? first = null;
        await foreach (var entity in table.Partition(PartitionName, cancellation))
        {
            var parts = entity.RowKey.Split('~');
            var month = DateOnly.ParseExact(parts[1], "yyyy-MM", CultureInfo.InvariantCulture);
            var expires = await expiry(new MonthRow(table, parts[0], month));
            if (expires is null && time.GetUtcNow() - entity.GetDateTimeOffset("Marked") > Kept)
            {
                await table.TryDeleteAsync(entity, cancellation);
            }

            first = DueTimes.Earlier(first, expires);
        }

        return first;
    }
}
