using Azure.Data.Tables;
using Azure.Storage.Blobs;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Tenancy.Keys;
using PerCall.Functions.Tenancy.Plans;
using PerCall.Functions.Tenancy.Tenants;
using PerCall.Testing;

namespace PerCall.Functions.Tests.Tenancy;

/// <summary>Instances over one storage account and one clock, with a record of management of their own.</summary>
internal sealed class TenancyBed(string connection, ManualTime time, string audit)
{
    public ManualTime Time => time;

    public string AuditContainer => audit;

    public BlobContainerClient AuditBlobs => new BlobServiceClient(connection).GetBlobContainerClient(audit);

    public static async Task<TenancyBed> CreateAsync(AzuriteFixture azurite, ManualTime? time = null)
    {
        var bed = new TenancyBed(azurite.ConnectionString, time ?? new ManualTime(), $"audit-{Guid.NewGuid():n}");
        var tables = new TableServiceClient(azurite.ConnectionString);
        await Task.WhenAll([
            bed.AuditBlobs.CreateAsync(),
            .. new[] { TenantTable.Name, PlanTable.Name, KeyTable.Name, JobTable.Name, ShardTable.Name }.Select(t => tables.CreateTableIfNotExistsAsync(t)),
        ]);
        return bed;
    }

    public Instance Start() => new(connection, time, audit);
}
