using Azure.Data.Tables;
using Microsoft.Extensions.Logging.Abstractions;
using PerCall.Client.Wire;
using PerCall.Functions.Operators;
using PerCall.Functions.Tests.Tenancy;
using PerCall.Testing;

namespace PerCall.Functions.Tests.Operators;

/// <summary>What one process has of operators' keys. Several over one bed are several instances.</summary>
internal sealed class OperatorBed
{
    private OperatorBed(Instance instance, TimeProvider time)
    {
        Instance = instance;
        Table = new(instance.Tables);
        Directory = new(Table, time);
        Book = new(Table, Directory, instance.Audit, time);
        Refusals = new(instance.Audit, time, NullLogger<OperatorRefusals>.Instance);
    }

    public Instance Instance { get; }

    public OperatorTable Table { get; }

    public OperatorDirectory Directory { get; }

    public OperatorBook Book { get; }

    public OperatorRefusals Refusals { get; }

    /// <summary>Instances over the same storage and the same clock.</summary>
    public static async Task<OperatorBed[]> StartAsync(AzuriteFixture azurite, WatchedTime time, int instances)
    {
        var bed = await TenancyBed.CreateAsync(azurite, time);
        await new TableServiceClient(azurite.ConnectionString).CreateTableIfNotExistsAsync(OperatorTable.Name);
        return [.. Enumerable.Range(0, instances).Select(_ => new OperatorBed(bed.Start(), time))];
    }

    public ValueTask<Operator?> FindAsync(string key) => Directory.FindAsync(key, CancellationToken.None);

    public Task<NewApiKey> CreateAsync(string role, DateTimeOffset? expires = null) =>
        Book.CreateAsync(new("a name", [role], expires), Instance.Operator, CancellationToken.None);

    public async Task<IReadOnlyList<AuditRecord>> AuditAsync() =>
        await Instance.Audit.Stored.ReadAsync(0, CancellationToken.None).ToListAsync();
}
