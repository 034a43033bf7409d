using System.Globalization;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;

namespace PerCall.Functions.Budget;

/// <summary>The row <c>allowance-yyyy-MM</c> of an account, updated with ETags.</summary>
public sealed class MonthRow(LimitsTable table, string account, DateOnly month)
{
    private const string Column = "State";

    public string Account => account;

    /// <summary>The first day of the month.</summary>
    public DateOnly Month => month;

    private string Key => string.Create(CultureInfo.InvariantCulture, $"allowance-{month:yyyy-MM}");

    /// <summary>Returns the month (UTC) of a time, as its first day.</summary>
    public static DateOnly MonthOf(DateTimeOffset time) => new(time.UtcDateTime.Year, time.UtcDateTime.Month, 1);

    /// <exception cref="RestoringException">The row is missing, and a restore is not complete.</exception>
    public async Task<(AllowanceState State, ETag? ETag)> ReadAsync(CancellationToken cancellation)
    {
        if (await table.FindAsync(account, Key, cancellation) is { } row)
        {
            return (JsonSerializer.Deserialize(row.GetString(Column), AllowanceJson.Default.AllowanceState)!, row.ETag);
        }

        await table.RequireRestoredAsync(cancellation);
        return (new(), null);
    }

    /// <summary>Writes the row. Returns false if another process has changed it; nothing is written then.</summary>
    /// <exception cref="Exception">Any other error: it is unknown whether the row was written.</exception>
    public async Task<bool> TryWriteAsync(AllowanceState state, ETag? read, CancellationToken cancellation)
    {
        var entity = new TableEntity(account, Key) { [Column] = JsonSerializer.Serialize(state, AllowanceJson.Default.AllowanceState) };
        return await table.TryWriteAsync(entity, read, cancellation) is not null;
    }
}
