using System.Globalization;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using PerCall.Client.Wire;

namespace PerCall.Functions.Tenancy.Plans;

/// <summary>
/// The table <c>plans</c>: a partition per plan and a row per version. Rows are only added. A version number can be created only once,
/// also by concurrent writers. A deleted plan has a mark; its versions stay, because invoices and open batches refer to them.
/// </summary>
public sealed class PlanTable(TableServiceClient tables)
{
    public const string Name = "plans";

    // A property holds 32 Ki characters; a version with the maximum number of prices is longer.
    private const int PieceLength = 30_000;
    private const string Piece = "Document";

    // Sorts after all versions, whose keys are digits.
    private const string MarkKey = "~deleted";
    private const string Done = "Done";

    private readonly TableClient _table = tables.GetTableClient(Name);

    public async Task<PlanHistory?> FindAsync(string id, CancellationToken cancellation)
    {
        if (!Ids.IsFit(id))
        {
            return null;
        }

        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {id}");
        var rows = await _table.QueryAsync<TableEntity>(filter, cancellationToken: cancellation).ToListAsync(cancellation);
        return HistoryOf(id, rows);
    }

    /// <summary>Returns all plans, sorted by id.</summary>
    public async Task<IReadOnlyList<PlanHistory>> ListAsync(CancellationToken cancellation)
    {
        var rows = await _table.QueryAsync<TableEntity>(cancellationToken: cancellation).ToListAsync(cancellation);
        return
        [
            .. rows.GroupBy(r => r.PartitionKey, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => HistoryOf(g.Key, [.. g])).OfType<PlanHistory>(),
        ];
    }

    /// <exception cref="RequestFailedException">409: the version exists.</exception>
    public Task AddAsync(string id, PlanVersion version)
    {
        var row = new TableEntity(id, version.Version.ToString("D10", CultureInfo.InvariantCulture));
        var pieces = JsonSerializer.Serialize(version, WireJson.Default.PlanVersion).Chunk(PieceLength).Select(c => new string(c));
        foreach (var (index, text) in pieces.Index())
        {
            row[Piece + index] = text;
        }

        return _table.AddEntityAsync(row);
    }

    /// <summary>Marks a plan as being deleted. From now on it cannot be assigned to a tenant.</summary>
    /// <returns>The ETag for <see cref="MarkDeletedAsync"/>.</returns>
    public async Task<ETag> MarkDeletingAsync(string id) =>
        (await _table.UpsertEntityAsync(new TableEntity(id, MarkKey) { [Done] = false }, TableUpdateMode.Replace)).Headers.ETag ?? default;

    /// <summary>Marks a plan as deleted.</summary>
    /// <exception cref="RequestFailedException">404 or 412: the plan was created again in the meantime.</exception>
    public Task MarkDeletedAsync(string id, ETag deleting) =>
        _table.UpdateEntityAsync(new TableEntity(id, MarkKey) { [Done] = true }, deleting, TableUpdateMode.Replace);

    public Task UnmarkAsync(string id) => _table.DeleteEntityAsync(id, MarkKey);

    private static PlanHistory? HistoryOf(string id, List<TableEntity> rows)
    {
        var mark = rows.Find(r => r.RowKey == MarkKey);
        var versions = rows.Where(r => r.RowKey != MarkKey).Select(VersionOf).ToList();
        return versions.Count > 0 ? new(id, versions) { IsMarked = mark is not null, IsDeleted = mark?.GetBoolean(Done) == true } : null;
    }

    private static PlanVersion VersionOf(TableEntity row)
    {
        var document = string.Concat(Enumerable.Range(0, int.MaxValue).Select(i => row.GetString(Piece + i)).TakeWhile(t => t is not null));
        return JsonSerializer.Deserialize(document, WireJson.Default.PlanVersion)
            ?? throw new InvalidOperationException($"The stored version {row.RowKey} of the plan {row.PartitionKey} is empty.");
    }
}
