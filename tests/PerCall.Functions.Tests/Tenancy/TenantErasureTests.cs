using System.Globalization;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using PerCall.Client;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Budget;
using PerCall.Functions.Requests;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Erasure;
using PerCall.Functions.Tenancy.Tenants;
using PerCall.Inference.Packages;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Tenancy;

public sealed class TenantErasureTests(AzuriteFixture azurite)
{
    private static readonly string[] Kept =
    [
        "container audit", "container backups", "container exports", "container models", "container packages", "container transfers",
        "container usage", "table journal", "table operators", "table plans", "table service", "table tenants", "table upkeep",
        "table usage",
    ];

    private static readonly string[] AccountTables = ["idempotency", "limits", "predictions", "webhooks"];
    private static readonly string[] Marked = ["predictions", "webhooks"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TenantData_OfTheService_SaysOfEachTableAndContainerOnceWhetherItIsErased()
    {
        var services = (await TenancyBed.CreateAsync(azurite)).Start().Services;

        var created = services.GetServices<RequiredTable>().Select(t => TenantDataServices.Table(t.Name))
            .Concat(services.GetServices<RequiredContainer>().Select(c => TenantDataServices.Container(c.Name)));
        var data = services.GetServices<ITenantData>().ToList();

        Assert.Equal(created.Order(StringComparer.Ordinal), data.SelectMany(d => d.Stores).Order(StringComparer.Ordinal));
        Assert.Equal(Kept, data.OfType<KeptData>().SelectMany(d => d.Stores).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Erase_Tenant_LeavesNothingOfItAndAllOfTheOthers()
    {
        var bed = await CreateBedAsync(azurite, TenancyBed.FastClock());
        var instance = bed.Start();
        var (gone, staying) = (await FillAsync(instance), await FillAsync(instance));

        var erased = await instance.Erasure.EraseAsync(gone.RowKey, Instance.Operator, Cancellation);

        Assert.Equal(
            (gone.RowKey, gone.Account, 2, 1, 1, 2, 1, 1, 2, 3, 3),
            (erased.Tenant, erased.Account, erased.Keys, erased.Uploads, erased.Batches, erased.Results, erased.Files, erased.StoredAnswers,
                erased.LedgerRows, erased.PredictionRows, erased.WebhookRows));
        Assert.Equal(
            $"of account {gone.Account}: the record of management, which must stay complete and holds no names; "
            + "the id, which is not given again; the journal of charges, which accounting law requires; "
            + "exports of the journal, which other systems have read; usage totals, from which invoices are made; "
            + "names of uploads in events that Azure could not deliver, for up to ten days; "
            + "backups of tables, which are removed when their time is over and are never restored for an erased tenant",
            erased.Kept);
        Assert.Equal(33, Math.Round((erased.RecoverableUntil!.Value - bed.Time.GetUtcNow()).TotalDays));
        Assert.Equal(0, await CountAsync(instance, gone));
        Assert.Equal(2 + 2 + 7 + 3 + 5 + 3 + 2 + 1 + 2, await CountAsync(instance, staying));
        Assert.Equal(
            "tenant_not_found",
            (await Assert.ThrowsAsync<RefusedException>(
                () => instance.Erasure.EraseAsync(gone.RowKey, Instance.Operator, Cancellation))).Code);
        Assert.DoesNotContain((await instance.Tenants.ListAsync(new(1000, null), Cancellation)).Data, t => t.Id == gone.RowKey);
    }

    /// <summary>Accounts, the retention of deleted blobs, the age of backups, and for how many days anything can be restored.</summary>
    [Theory]
    [InlineData(true, 7, 30, 7 + 30 + 3)]
    [InlineData(false, 0, 1, 1 + 3)]
    public async Task Erase_WhatCanBeRestored_SaysUntilWhen(bool twoAccounts, int undoDays, int kept, int days)
    {
        var bed = await CreateBedAsync(azurite, TenancyBed.FastClock());
        var instance = bed.Start(twoAccounts ? azurite.KeptConnectionString : null, builder =>
        {
            builder.Configuration["PerCall:Storage:UndoDays"] = undoDays.ToString(CultureInfo.InvariantCulture);
            builder.Configuration["PerCall:Backups:Kept"] = TimeSpan.FromDays(kept).ToString("c", CultureInfo.InvariantCulture);
        });
        var tenant = await FillAsync(instance);

        var erased = await instance.Erasure.EraseAsync(tenant.RowKey, Instance.Operator, Cancellation);

        // Storage in tests keeps nothing of what was deleted, so it is the answer that is tested.
        Assert.Equal(days, Math.Round((erased.RecoverableUntil!.Value - bed.Time.GetUtcNow()).TotalDays));
        Assert.Equal(0, await CountAsync(instance, tenant));
    }

    [Fact]
    public async Task Create_WithTheIdOfAnErasedTenant_IsRefused()
    {
        var bed = await CreateBedAsync(azurite, TenancyBed.FastClock());
        var instance = bed.Start();
        var gone = await instance.AddTenantAsync();
        await instance.Erasure.EraseAsync(gone.RowKey, Instance.Operator, Cancellation);

        var refusal = await Assert.ThrowsAsync<RefusedException>(
            () => bed.Start().Tenants.CreateAsync(new(gone.RowKey, "Another company", gone.Plan), Instance.Operator, Cancellation));

        Assert.Equal("tenant_exists", refusal.Code);
        Assert.Contains("existing or erased tenant", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Erase_KilledBetweenAnyTwoWrites_IsFinishedByAskingAgain()
    {
        // Three series at once, each with storage of its own; together they kill at each write.
        var completed = await Task.WhenAll(EraseKilledAsync(0, 3), EraseKilledAsync(1, 3), EraseKilledAsync(2, 3));

        // The record, the mark, two for each of two keys, that uploads may still come, four of a batch, two notes, a batch that
        // never came to exist, seven blobs, a row, three rows with their marks, two marks of open rows, the tenant.
        Assert.Equal([33, 31, 32], completed);
    }

    /// <summary>
    /// Kills an erasure after each of <paramref name="first"/>, <paramref name="first"/> + <paramref name="step"/>, … writes.
    /// </summary>
    /// <returns>The number of writes at which the erasure completed.</returns>
    private async Task<int> EraseKilledAsync(int first, int step)
    {
        var bed = await CreateBedAsync(azurite, TenancyBed.FastClock());
        var filler = bed.Start();
        for (var writes = first; ; writes += step)
        {
            var tenant = await FillAsync(filler);
            var dying = bed.Start();
            dying.Faults.DieAt(writes + 1, isSent: false);
            if (!await dying.Faults.KillsAsync(() => dying.Erasure.EraseAsync(tenant.RowKey, Instance.Operator, Cancellation)))
            {
                Assert.True(AuditChain.Verify(await filler.Audit.Stored.ReadAsync(0, Cancellation).ToListAsync(Cancellation)).Ok);
                return writes;
            }

            var next = bed.Start();
            if (writes >= 2)
            {
                Assert.Equal("tenant_erasing", (await Assert.ThrowsAsync<RefusedException>(() => AddKeyAsync(next, tenant.RowKey))).Code);
            }

            await next.Erasure.EraseAsync(tenant.RowKey, Instance.Operator, Cancellation);
            Assert.Equal((writes, 0), (writes, await CountAsync(next, tenant)));
        }
    }

    [Fact]
    public async Task Erase_ActiveTenant_WaitsUntilNoInstanceBelievesInItsKeys()
    {
        var time = new WatchedTime();
        var bed = await CreateBedAsync(azurite, time);
        var instance = bed.Start();
        var tenant = await instance.AddTenantAsync();
        var key = await instance.AddKeyAsync(tenant);
        var waits = time.WaitAsync(wait => wait > TimeSpan.Zero);

        var erasure = instance.Erasure.EraseAsync(tenant.RowKey, Instance.Operator, Cancellation);
        Assert.Equal(TimeSpan.FromSeconds(30), await waits);
        Assert.Equal(TenantRow.Erasing, (await instance.Tenants.GetAsync(tenant.RowKey, Cancellation)).Status);
        Assert.Null(await instance.Callers.FindAsync(key.Key, Cancellation));
        bed.Time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(erasure.IsCompleted);
        Assert.NotNull(await instance.KeyTable.FindAsync(key.Id, Cancellation));
        bed.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(1, (await erasure).Keys);
    }

    [Fact]
    public async Task Create_KeyWhileTheTenantIsErased_LeavesNoKey()
    {
        var bed = await CreateBedAsync(azurite, TenancyBed.FastClock());
        var instance = bed.Start();
        var tenant = await instance.AddTenantAsync();
        await bed.Start().Erasure.EraseAsync(tenant.RowKey, Instance.Operator, Cancellation);

        // With the tenant as it was read before.
        var refusal = await Assert.ThrowsAsync<RefusedException>(() => instance.AddKeyAsync(tenant));

        Assert.Equal("tenant_not_found", refusal.Code);
        Assert.Equal(0, await CountAsync(instance, tenant));
    }

    /// <summary>All containers that the start creates, except those that are kept.</summary>
    private static IEnumerable<string> ContainersOf(Instance instance) =>
        instance.Services.GetServices<RequiredContainer>().Select(c => c.Name).Where(c => !Kept.Contains($"container {c}"));

    private static async Task AddKeyAsync(Instance instance, string tenant) =>
        await instance.AddKeyAsync(await instance.Tenants.GetAsync(tenant, Cancellation));

    private static async Task<TenantRow> FillAsync(Instance instance)
    {
        var tenant = await instance.AddTenantAsync();
        await instance.AddKeyAsync(tenant);
        await instance.AddKeyAsync(tenant);
        await Task.WhenAll(ContainersOf(instance).Select(container =>
        {
            return instance.Blobs.GetBlobContainerClient(container).UploadBlobAsync(
                $"{tenant.Account}/some/file", BinaryData.FromString("x"), Cancellation);
        }));
        await Task.WhenAll(AccountTables.Select(name => AddAsync(name, new TableEntity(tenant.Account, "row"))));
        await Task.WhenAll(Marked.Select(name => AddAsync(name, new TableEntity("~accounts", tenant.Account))));
        await Task.WhenAll(Marked.Select(name => AddAsync(name, new TableEntity("~open", tenant.Account))));
        await AddAsync(LimitsTable.Name, new TableEntity("open-months", $"{tenant.Account}~2026-11"));

        var input = new JobInput("files", $"{tenant.Account}/some/file", "", 1);
        var order =
            new JobOrder
            {
                Tenant = tenant.RowKey,
                Key = "key",
                Task = ModelTask.TextClassification,
                Input = input,
                PlanId = tenant.Plan,
                PlanVersion = 1
            };
        var job = new Job { Id = JobIds.New(default), Account = tenant.Account, Order = order, CreatedAt = default, ExpiresAt = default };
        await new JobTable(instance.Tables).TryAddAsync(job, Cancellation);
        await AddAsync(JobTable.Name, new TableEntity(JobTable.Keys, $"{tenant.Account}~hash") { ["Job"] = job.Id });
        await AddAsync(JobTable.Name, new TableEntity(JobTable.Uploads, $"{tenant.Account}~hash") { ["Webhook"] = "https://example.com" });
        await AddAsync(JobTable.Name, new TableEntity("~open", $"{tenant.Account}~never-came-to-exist"));
        // Its attempt is the account's name, so that it is found again.
        await new ShardTable(instance.Tables).TryAddAsync(
            new ShardRow { PartitionKey = job.Id, RowKey = "000000", Attempt = tenant.Account }, Cancellation);
        return tenant;

        Task AddAsync(string table, TableEntity row) => instance.Tables.GetTableClient(table).AddEntityAsync(row, Cancellation);
    }

    /// <summary>A bed on storage where all is made that tests put something into.</summary>
    private static async Task<TenancyBed> CreateBedAsync(AzuriteFixture azurite, FakeTimeProvider time)
    {
        var bed = await TenancyBed.CreateAsync(azurite, time);
        var instance = bed.Start();
        await ActivatorUtilities.CreateInstance<StorageLayout>(instance.Services).StartAsync(Cancellation);
        return bed;
    }

    /// <summary>
    /// Rows and blobs that are the tenant's in any way. Left out: its plan, the record of management, its id that is not given again, and
    /// the note that uploads to its account may still come.
    /// </summary>
    private static async Task<int> CountAsync(Instance instance, TenantRow tenant)
    {
        var tables = instance.Services.GetServices<RequiredTable>().Select(t => t.Name).Except(["plans", "usage"]);
        var rows = await Task.WhenAll(tables.Select(name =>
        {
            var all = instance.Tables.GetTableClient(name).QueryAsync<TableEntity>(cancellationToken: Cancellation);
            return all.CountAsync(
                r => r.Any(IsIts) && r.GetString("Status") != TenantRow.Erased && r.PartitionKey != "~erased", Cancellation).AsTask();
        }));
        var blobs = await Task.WhenAll(ContainersOf(instance).Select(name =>
        {
            var all = instance.Blobs.GetBlobContainerClient(name).GetBlobsAsync(cancellationToken: Cancellation);
            return all.CountAsync(b => LiesUnderIt(b.Name), Cancellation).AsTask();
        }));
        return rows.Sum() + blobs.Sum();

        bool IsIts(KeyValuePair<string, object> property) =>
            property.Value is string text && (text == tenant.RowKey || text.Contains(tenant.Account, StringComparison.Ordinal));

        bool LiesUnderIt(string name) => name.Split('/')[0] is var owner && (owner == tenant.RowKey || owner == tenant.Account);
    }
}
