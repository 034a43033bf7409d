using System.Globalization;
using Azure;
using Azure.Data.Tables;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Upkeep;

/// <summary>The clock's row as read.</summary>
/// <param name="Round">The id of the next round, or of the last one; null: there was none.</param>
/// <param name="Due">When the round's message can be received; null: the round has begun, so none is due.</param>
/// <param name="Failures">Rounds that failed in succession before this one.</param>
/// <param name="ETag">The row's version; null: the row does not exist.</param>
public readonly record struct ClockState(string? Round, DateTimeOffset? Due, int Failures, ETag? ETag);

/// <summary>The table <c>upkeep</c>: when the next round is due, and the last hour of each hourly chore.</summary>
public sealed class UpkeepTable(TableClient table)
{
    public const string Name = "upkeep";

    private const string Clock = "clock";
    private const string Hours = "hours";
    private const string Hour = "Hour";

    /// <summary>Returns the name of an hour (UTC).</summary>
    public static string HourOf(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH", CultureInfo.InvariantCulture);

    /// <summary>Returns the hour in which each hourly chore last succeeded, by the chore's name.</summary>
    public async Task<Dictionary<string, string>> HoursAsync(CancellationToken cancellation) =>
        await table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {Hours}"), cancellationToken: cancellation)
            .ToDictionaryAsync(r => r.RowKey, r => r.GetString(Hour), StringComparer.Ordinal, cancellation);

    public Task SaveHourAsync(string chore, string hour, CancellationToken cancellation) =>
        table.UpsertEntityAsync(new TableEntity(Hours, chore) { [Hour] = hour }, TableUpdateMode.Replace, cancellation);

    public async Task<ClockState> ReadClockAsync(CancellationToken cancellation)
    {
        var found = await table.GetEntityIfExistsAsync<TableEntity>(Clock, Clock, cancellationToken: cancellation);
        return found is { HasValue: true, Value: { } row }
            ? new(
                row.GetString(nameof(ClockState.Round)), row.GetDateTimeOffset(nameof(ClockState.Due)),
                row.GetInt32(nameof(ClockState.Failures)) ?? 0, row.ETag)
            : default;
    }

    /// <summary>Writes the clock's row if it has not changed since it was read.</summary>
    /// <param name="state">The new values, with the version that was read.</param>
    /// <param name="cancellation">Cancels the request.</param>
    /// <returns>The new version; null: another process was first, and nothing was written.</returns>
    public async Task<ETag?> TryWriteClockAsync(ClockState state, CancellationToken cancellation)
    {
        var entity = new TableEntity(Clock, Clock)
        {
            [nameof(ClockState.Round)] = state.Round,
            [nameof(ClockState.Due)] = state.Due,
            [nameof(ClockState.Failures)] = state.Failures,
        };
        try
        {
            var response = state.ETag is { } read
                ? await table.UpdateEntityAsync(entity, read, TableUpdateMode.Replace, cancellation)
                : await table.AddEntityAsync(entity, cancellation);
            return response.Headers.ETag;
        }
        catch (RequestFailedException e) when (e.IsRowConflict())
        {
            return null;
        }
    }
}
