using Microsoft.Extensions.Time.Testing;
using PerCall.Backups;
using PerCall.Functions.Backups;
using PerCall.Functions.Budget;
using PerCall.Functions.Requests;
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

        await first.Get<NightlyBackup>().RunAsync(Cancellation);

        // After the backup: more charges, a revoked key, an erased and a suspended tenant, and a key that the backup does not have.
        await CallAsync(limited, unlimited, gone, times: 3);
        await first.Get<KeyBook>().RevokeAsync(limited.Row, leaked.Id, BackupBed.Operator, Cancellation);
        var suspended = await first.Get<TenantBook>().ChangeAsync("unlimited", new() { Status = "suspended" }, BackupBed.Operator, Cancellation);
        time.AutoAdvanceAmount = TimeSpan.FromSeconds(30);
        await first.EraseAsync("gone");
        time.AutoAdvanceAmount = TimeSpan.Zero;
        var late = await first.Get<KeyBook>().CreateAsync(limited.Row, new("late", ["call"]), BackupBed.Operator, Cancellation);

        await bed.LoseTablesAsync();
        List<string> reports = [];
        var result = await bed.Restore().RunAsync(id: null, reports.Add, Cancellation);

        Assert.Equal("2026-11-20", result.Backup.Id);
        Assert.Equal(
            ["key " + leaked.Id + " revoked", "tenant gone stays erased", "tenant unlimited is suspended"],
            result.Actions.Applied.Select(a => a.Split(" at ")[0]));
        Assert.Equal([$"key.create key/{late.Id}"], result.Actions.Others.Select(r => $"{r.Action} {r.Subject}"));
        Assert.DoesNotContain(await bed.RowsAsync(), r => r.Contains(gone.Row.Account, StringComparison.Ordinal));

        // The first instance still lives and has a lease in memory. Nobody gets budget before the journal was counted.
        await using var second = await bed.StartAsync(time);
        var calls = second.CallsOf(limited.Row.Account);
        await Assert.ThrowsAsync<RestoringException>(() => calls.CallAsync(Tests.Budget.Instance.Plan(Budget)));
        await second.Get<RestoreCompletion>().LookAsync(Cancellation);

        Assert.Equal("limited", (await second.FindCallerAsync(limited.Key.Key))?.Tenant);
        Assert.Null(await second.FindCallerAsync(leaked.Key));
        Assert.Null(await second.FindCallerAsync(gone.Key.Key));
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
        var outcomes = new List<CallOutcome>();
        for (var i = 0; i < 14; i++)
        {
            outcomes.Add(await (i % 2 == 0 ? calls : limited.Calls).CallAsync(Tests.Budget.Instance.Plan(Budget)));
        }

        Assert.Equal(Budget, (await second.SumsAsync(limited.Row.Account)).Journal);
        Assert.Equal(5, outcomes.Count(o => o == CallOutcome.Charged));

        async Task CallAsync(BackedUpTenant a, BackedUpTenant b, BackedUpTenant c, int times)
        {
            for (var i = 0; i < times; i++)
            {
                Assert.Equal(CallOutcome.Charged, await a.Calls.CallAsync(Tests.Budget.Instance.Plan(Budget)));
                Assert.Equal(CallOutcome.Charged, await b.Calls.CallAsync(Tests.Budget.Instance.Plan(null)));
                Assert.Equal(CallOutcome.Charged, await c.Calls.CallAsync(Tests.Budget.Instance.Plan(Budget)));
            }
        }
    }
}
