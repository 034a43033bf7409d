using System.Globalization;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using PerCall.Client.Wire;

namespace PerCall.Functions.Tenancy.Plans;

/// <summary>The table <c>plans</c>: a partition for each plan, a row for each version, only ever added to. A version that exists cannot be made twice, whoever tries.</summary>
internal sealed class PlanTable(TableServiceClient tables)
{
    public const string Name = "plans";

    // A property takes 32 Ki characters, and a version with all the prices it may have is longer.
    private const int PieceLength = 30_000;
    private const string Piece = "Document";

    private readonly TableClient _table = tables.GetTableClient(Name);

    public async Task<PlanHistory?> FindAsync(string id, CancellationToken cancellation)
    {
        if (!Ids.IsFit(id))
        {
            return null;
        }

        var versions = await _table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {id}"), cancellationToken: cancellation)
            .Select(VersionOf).ToListAsync(cancellation);
        return versions.Count > 0 ? new(id, versions) : null;
    }

    /// <summary>By id.</summary>
    public async Task<IReadOnlyList<PlanHistory>> ListAsync(CancellationToken cancellation)
    {
        var rows = await _table.QueryAsync<TableEntity>(cancellationToken: cancellation).ToListAsync(cancellation);
        return [.. rows.GroupBy(r => r.PartitionKey, VersionOf, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => new PlanHistory(g.Key, [.. g]))];
    }

    /// <exception cref="RequestFailedException">409: there is this version.</exception>
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

    private static PlanVersion VersionOf(TableEntity row)
    {
        var document = string.Concat(Enumerable.Range(0, int.MaxValue).Select(i => row.GetString(Piece + i)).TakeWhile(t => t is not null));
        return JsonSerializer.Deserialize(document, WireJson.Default.PlanVersion)
            ?? throw new InvalidOperationException($"Version {row.RowKey} of the plan {row.PartitionKey} is empty in storage.");
    }
}
