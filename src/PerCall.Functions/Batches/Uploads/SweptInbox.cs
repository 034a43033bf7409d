using Azure.Data.Tables;
using PerCall.Functions.Batches.Jobs;

namespace PerCall.Functions.Batches.Uploads;

/// <summary>
/// The time of change up to which sweeps need not look at files of the inbox again, as storage's own clock gave it. Files stay there for
/// weeks, and an instance that a timer has just started knows none of them.
/// </summary>
public sealed class SweptInbox(TableServiceClient tables)
{
    private const string Row = "swept";
    private const string Until = "Until";

    private readonly TableClient _table = tables.GetTableClient(JobTable.Name);

    /// <summary>Returns the time; the first possible time if no sweep has stored one.</summary>
    public async Task<DateTimeOffset> ReadAsync(CancellationToken cancellation)
    {
        var found = await _table.GetEntityIfExistsAsync<TableEntity>(JobTable.Inbox, Row, cancellationToken: cancellation);
        return (found.HasValue ? found.Value!.GetDateTimeOffset(Until) : null) ?? DateTimeOffset.MinValue;
    }

    /// <summary>Stores the time. Of two concurrent sweeps, either may be the last: both times are right.</summary>
    public Task WriteAsync(DateTimeOffset until, CancellationToken cancellation) =>
        _table.UpsertEntityAsync(
            new TableEntity(JobTable.Inbox, Row) { [Until] = until }, TableUpdateMode.Replace, cancellation);
}
