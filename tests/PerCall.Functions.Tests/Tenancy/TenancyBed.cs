using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Tenancy.Keys;
using PerCall.Functions.Tenancy.Plans;
using PerCall.Functions.Tenancy.Tenants;
using PerCall.Testing;

namespace PerCall.Functions.Tests.Tenancy;

/// <summary>Instances over one storage account and one clock, with a record of management of their own.</summary>
internal sealed class TenancyBed(string connection, FakeTimeProvider time, string audit)
{
    public FakeTimeProvider Time => time;

    public string AuditContainer => audit;

    public BlobContainerClient AuditBlobs => new BlobServiceClient(connection).GetBlobContainerClient(audit);

    /// <summary>A clock at the time at which all beds begin.</summary>
    public static FakeTimeProvider Clock() => new(new(2026, 11, 10, 12, 0, 0, TimeSpan.Zero));

    /// <summary>A clock that goes on by half a minute whenever it is read: whoever is to wait until that time is over has waited.</summary>
    public static FakeTimeProvider FastClock()
    {
        var clock = Clock();
        clock.AutoAdvanceAmount = TimeSpan.FromSeconds(30);
        return clock;
    }

    public static async Task<TenancyBed> CreateAsync(AzuriteFixture azurite, FakeTimeProvider? time = null)
    {
        var bed = new TenancyBed(azurite.ConnectionString, time ?? Clock(), $"audit-{Guid.NewGuid():n}");
        var tables = new TableServiceClient(azurite.ConnectionString);
        await Task.WhenAll([
            bed.AuditBlobs.CreateAsync(),
            .. new[] { TenantTable.Name, PlanTable.Name, KeyTable.Name, JobTable.Name, ShardTable.Name }.Select(
                t => tables.CreateTableIfNotExistsAsync(t)),
        ]);
        return bed;
    }

    /// <param name="kept">A second storage account; null: there is one.</param>
    /// <param name="configure">Changes the service.</param>
    public Instance Start(string? kept = null, Action<IHostApplicationBuilder>? configure = null) =>
        new(connection, time, audit, kept, configure);
}
