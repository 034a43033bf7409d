using System.Globalization;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;

namespace PerCall.Functions.Budget;

/// <summary>The row <c>allowance-yyyy-MM</c> of an account, changed by ETag.</summary>
public sealed class MonthRow(LimitsTable table, string account, DateOnly month)
{
    private const string Column = "State";

    public string Account => account;

    /// <summary>Its first day.</summary>
    public DateOnly Month => month;

    private string Key => string.Create(CultureInfo.InvariantCulture, $"allowance-{month:yyyy-MM}");

    /// <summary>The month (UTC) of a time, as its first day.</summary>
    public static DateOnly MonthOf(DateTimeOffset time) => new(time.UtcDateTime.Year, time.UtcDateTime.Month, 1);

    public async Task<(AllowanceState State, ETag? ETag)> ReadAsync(CancellationToken cancellation) =>
        await table.FindAsync(account, Key, cancellation) is { } row
            ? (JsonSerializer.Deserialize(row.GetString(Column), AllowanceJson.Default.AllowanceState)!, row.ETag)
            : (new(), null);

    /// <summary>False: others have changed the row, and nothing was written.</summary>
    /// <exception cref="Exception">Any other: whether it was written is not known.</exception>
    public async Task<bool> TryWriteAsync(AllowanceState state, ETag? read, CancellationToken cancellation)
    {
        var entity = new TableEntity(account, Key) { [Column] = JsonSerializer.Serialize(state, AllowanceJson.Default.AllowanceState) };
        return await table.TryWriteAsync(entity, read, cancellation) is not null;
    }
}
