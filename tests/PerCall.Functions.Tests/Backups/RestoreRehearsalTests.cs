using Microsoft.Extensions.Time.Testing;
using PerCall.Functions.Backups;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Batches.Uploads;
using PerCall.Functions.Budget;
using PerCall.Functions.Requests;
using PerCall.Functions.Storage;
using PerCall.Functions.Tenancy.Keys;
using PerCall.Functions.Tenancy.Plans;
using PerCall.Functions.Tenancy.Tenants;
using PerCall.Functions.Tests.Budget;
using Xunit;

namespace PerCall.Functions.Tests.Backups;

/// <summary>The loss of all tables, and what comes back.</summary>
public sealed class RestoreRehearsalTests(BackupBed bed) : IClassFixture<BackupBed>
{
    private const long Price = 1500;
    private const long Budget = 10 * Price;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Restore_AfterTheLossOfAllTables_BringsBackEveryTenantKeyPlanAndSum()
    {
        var time = new FakeTimeProvider(new(2026, 11, 20, 3, 0, 0, TimeSpan.Zero));
        await using var first = await bed.StartAsync(time);
        var limited = await first.AddTenantAsync("limited", Budget);
        var unlimited = await first.AddTenantAsync("unlimited", budget: null);
        var gone = await first.AddTenantAsync("gone", Budget);
        var leaked = await first.Get<KeyBook>().CreateAsync(limited.Row, new("leaked", ["call"]), BackupBed.Operator, Cancellation);
        await CallAsync(limited, unlimited, gone, times: 2);
        await first.SumsAsync(limited.Row.Account);

        time.Advance(TimeSpan.FromSeconds(1));
        await first.Get<NightlyBackup>().RunAsync(Cancellation);
        time.Advance(TimeSpan.FromSeconds(1));

        // After the backup: more charges, a revoked key, an erased and a suspended tenant, and a key that the backup does not have.
        await CallAsync(limited, unlimited, gone, times: 3);
        await first.Get<KeyBook>().RevokeAsync(limited.Row, leaked.Id, BackupBed.Operator, Cancellation);
        var suspended = await first.Get<TenantBook>().ChangeAsync(
            "unlimited", new() { Status = "suspended" }, BackupBed.Operator, Cancellation);
        time.AutoAdvanceAmount = TimeSpan.FromSeconds(30);
        await first.EraseAsync("gone");
        time.AutoAdvanceAmount = TimeSpan.Zero;
        var late = await first.Get<KeyBook>().CreateAsync(limited.Row, new("late", ["call"]), BackupBed.Operator, Cancellation);

        // A file that an interrupted erasure would leave.
        var left = first.Get<BlobContainers>()[InboxPath.Container].GetBlobClient(
            $"{gone.Row.Account}/text-classification/spam/left.jsonl");
        await left.UploadAsync(BinaryData.FromString("{}"), Cancellation);

        // Working data of a batch, which only its rows would remove.
        var orphan = first.Get<BlobContainers>()[WorkFiles.Container].GetBlobClient($"{limited.Row.Account}/batch_lost/plan");
        await orphan.UploadAsync(BinaryData.FromString("{}"), Cancellation);

        await bed.LoseTablesAsync();
        // A new service may have started over the empty tables.
        await (await bed.StartAsync(time)).DisposeAsync();
        Assert.Contains("2026-11-20  03:00:01 to 03:00:01 UTC", (await bed.CommandAsync("backups")).Output, StringComparison.Ordinal);
        var (code, output, error) = await bed.CommandAsync("restore");

        Assert.True(code == 0, error);
        var lines = output.Split('\n', StringSplitOptions.TrimEntries);
        Assert.Contains("tenant gone is being erased; repeat the DELETE to finish it", lines);
        Assert.Contains("tenant unlimited is suspended", lines);
        Assert.Contains(lines, l => l.StartsWith($"key {leaked.Id} revoked at 2026-11-20T03:00:02", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.EndsWith($"operator  key.create key/{late.Id}", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, l => l.Contains("tenant.create", StringComparison.Ordinal));
        var again = await bed.CommandAsync("restore", "--backup", "2026-11-20");
        Assert.Equal(1, again.Code);
        Assert.Contains("these have rows: keys, tenants, plans.", again.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await bed.CommandAsync("restore", "--backup", "tomorrow")).Code);
        // The first instance still lives and has a lease in memory. Nobody gets budget before the journal was counted.
        await using var second = await bed.StartAsync(time);
        var calls = second.CallsOf(limited.Row.Account);
        await Assert.ThrowsAsync<RestoringException>(() => calls.CallAsync(Instance.Plan(Budget)));
        await second.Get<RestoreCompletion>().CompleteAsync(Cancellation);

        Assert.False(await orphan.ExistsAsync(Cancellation));
        Assert.Equal("limited", (await second.FindCallerAsync(limited.Key.Key))?.Tenant);
        Assert.Null(await second.FindCallerAsync(leaked.Key));
        Assert.Null(await second.FindCallerAsync(gone.Key.Key));
        time.AutoAdvanceAmount = TimeSpan.FromSeconds(30);
        await second.EraseAsync("gone");
        time.AutoAdvanceAmount = TimeSpan.Zero;
        Assert.False(await left.ExistsAsync(Cancellation));
        Assert.DoesNotContain(
            await bed.RowsAsync(),
            r => r.Contains(gone.Row.Account, StringComparison.Ordinal)
                && !r.Contains("PartitionKey:String=~erased", StringComparison.Ordinal));
        Assert.Null(await second.FindCallerAsync(late.Key));
        await Assert.ThrowsAsync<RefusedException>(() => second.FindCallerAsync(unlimited.Key.Key));
        Assert.Equal(suspended, (await second.Get<TenantBook>().GetAsync("unlimited", Cancellation)).ToWire());
        Assert.Equal(Budget, (await second.Get<PlanBook>().GetAsync("limited", Cancellation)).Versions[^1].MonthlyBudget);
        Assert.Equal(
            "tenant_exists",
            (await Assert.ThrowsAsync<RefusedException>(
                () => second.Get<TenantBook>().CreateAsync(new("gone", "Others", "limited"), BackupBed.Operator, Cancellation))).Code);
        Assert.Equal((5 * Price, 5 * Price, 5 * Price), await second.SumsAsync(limited.Row.Account));
        Assert.Equal(5 * Price, (await second.SumsAsync(unlimited.Row.Account)).Usage);

        // The rest of the budget can be spent on both instances, and no more.
        for (var i = 0; i < 8; i++)
        {
            await (i % 2 == 0 ? calls : limited.Calls).CallAsync(Instance.Plan(Budget));
        }

        // Leases on journals that the restore closed are taken back when they have expired.
        await limited.Calls.Allowances.GiveBackAsync();
        time.Advance(TimeSpan.FromMinutes(2));
        for (var outcome = CallOutcome.Charged; outcome == CallOutcome.Charged;)
        {
            outcome = await calls.CallAsync(Instance.Plan(Budget));
        }

        Assert.Equal(Budget, (await second.SumsAsync(limited.Row.Account)).Journal);

        async Task CallAsync(BackedUpTenant a, BackedUpTenant b, BackedUpTenant c, int times)
        {
            for (var i = 0; i < times; i++)
            {
                Assert.Equal(CallOutcome.Charged, await a.Calls.CallAsync(Instance.Plan(Budget)));
                Assert.Equal(CallOutcome.Charged, await b.Calls.CallAsync(Instance.Plan(null)));
                Assert.Equal(CallOutcome.Charged, await c.Calls.CallAsync(Instance.Plan(Budget)));
            }
        }
    }
}
