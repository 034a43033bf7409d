using Azure;
using Azure.Data.Tables;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Journal;

/// <summary>
/// The first hour in which new chains may begin. Readers move it forward before they list an hour for the last time. Writers check it after
/// they create a chain's first blob. So at least one of the two sees the other, whatever their clocks show.
/// </summary>
/// <remarks>A row, not a blob beside the journal: nothing in the journal's container may be changed.</remarks>
public sealed class JournalHours(TableClient table)
{
    public const string Table = "journal";

    private const string Key = "open-from";
    private const string Hour = "Hour";

    /// <summary>Returns the hour in the form of blob names; empty: any hour.</summary>
    public async Task<string> OpenFromAsync(CancellationToken cancellation) => (await FindAsync(cancellation))?.GetString(Hour) ?? "";

    /// <summary>Closes all hours before this one to new chains.</summary>
    public async Task MoveAsync(string hour, CancellationToken cancellation)
    {
        while (true)
        {
            var found = await FindAsync(cancellation);
            if (string.CompareOrdinal(found?.GetString(Hour), hour) >= 0)
            {
                return;
            }

            var row = new TableEntity(Key, Key) { [Hour] = hour };
            try
            {
                await (found is null
                    ? table.AddEntityAsync(row, cancellation)
                    : table.UpdateEntityAsync(row, found.ETag, TableUpdateMode.Replace, cancellation));
                return;
            }
            catch (RequestFailedException e) when (e.IsRowConflict())
            {
                // Another process was first; its value decides.
            }
        }
    }

    private async Task<TableEntity?> FindAsync(CancellationToken cancellation) =>
        await table.GetEntityIfExistsAsync<TableEntity>(Key, Key, cancellationToken: cancellation) is { HasValue: true, Value: { } row }
            ? row
            : null;
}
