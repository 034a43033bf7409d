using PerCall.Client.Wire;
using PerCall.Functions.Requests;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Tenancy;

public sealed class TenantBookTests(AzuriteFixture azurite)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Create_IdThatIsTaken_IsAConflictAndLeavesTheFirst()
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        var (one, other) = (bed.Start(), bed.Start());
        var tenant = await one.AddTenantAsync();

        var refusals = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(
                i =>
                    Record.ExceptionAsync(
                        () =>
                            (i % 2 == 0 ? one : other).Tenants.CreateAsync(
                                new(tenant.RowKey, "Another", tenant.Plan), Instance.Operator, Cancellation)).AsTask()));

        Assert.All(refusals, r => Assert.Equal((409, "tenant_exists"), r is RefusedException e ? (e.Status, e.Code) : default));
        Assert.Equal(
            (tenant.Account, "A company"),
            await one.Tenants.GetAsync(tenant.RowKey, Cancellation) is { } row ? (row.Account, row.Name) : default);
    }

    [Theory]
    [InlineData("Acme", "Acme", "invalid_id")]
    [InlineData("a/b", "Acme", "invalid_id")]
    [InlineData("-acme", "Acme", "invalid_id")]
    [InlineData("ac", "Acme", "invalid_id")]
    [InlineData("acme", "", "invalid_name")]
    [InlineData("acme", null, "invalid_name")]
    [InlineData("acme", "a\u0007b", "invalid_name")]
    [InlineData("acme", "Acme", "plan_not_found")]
    public async Task Create_WrongRequest_SaysWhat(string id, string? name, string code)
    {
        var instance = (await TenancyBed.CreateAsync(azurite)).Start();
        var refusal = await Assert.ThrowsAsync<RefusedException>(
            () => instance.Tenants.CreateAsync(new(id, name, "no-such-plan"), Instance.Operator, Cancellation));

        Assert.Equal(code, refusal.Code);
        Assert.Empty(await instance.Audit.Stored.ReadAsync(0, Cancellation).ToListAsync(Cancellation));
    }

    [Fact]
    public async Task Change_Tenant_IsSeenAndRecordedWithoutItsName()
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        var instance = bed.Start();
        var tenant = await instance.AddTenantAsync();
        var other = await instance.AddTenantAsync();

        var changed = await instance.Tenants.ChangeAsync(
            tenant.RowKey, new("Mario Rossi", other.Plan, "suspended"), Instance.Operator, Cancellation);

        Assert.Equal(("Mario Rossi", other.Plan, "suspended"), (changed.Name, changed.Plan, changed.Status));
        var records = await instance.Audit.Stored.ReadAsync(0, Cancellation).ToListAsync(Cancellation);
        Assert.Equal(
            ("tenant.change", "active", "suspended", "yes"),
            (records[^1].Action, records[^1].Before!["status"], records[^1].After!["status"], records[^1].After!["renamed"]));
        Assert.DoesNotContain(
            records, r =>
                System.Text.Encoding.UTF8.GetString(PerCall.Client.AuditChain.Write(r)) is { } text && (
                    text.Contains("Rossi", StringComparison.Ordinal) || text.Contains("A company", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Change_ToAPlanOfAnotherCurrencyOrNone_IsRefused()
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        var instance = bed.Start();
        var tenant = await instance.AddTenantAsync();
        var dollars = $"p-{Guid.NewGuid():n}";
        await instance.Plans.PutAsync(dollars, Instance.Plan() with { Currency = "USD" }, Instance.Operator, Cancellation);

        async Task<string> CodeAsync(ChangeTenantRequest change) =>
            (await Assert.ThrowsAsync<RefusedException>(
                () => instance.Tenants.ChangeAsync(tenant.RowKey, change, Instance.Operator, Cancellation))).Code;

        string[] codes = [await CodeAsync(new(Plan: dollars)), await CodeAsync(new(Plan: "nowhere")),
            await CodeAsync(new(Status: "erasing")), await CodeAsync(new()), await CodeAsync(new(Name: " "))];
        Assert.Equal(["other_currency", "plan_not_found", "invalid_status", "nothing_to_change", "invalid_name"], codes);
        Assert.Equal(
            (tenant.Plan, "active"),
            await instance.Tenants.GetAsync(tenant.RowKey, Cancellation) is { } row ? (row.Plan, row.Status) : default);
    }

    [Fact]
    public async Task Change_ByManyAtOnce_LosesNoChange()
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        var (one, other) = (bed.Start(), bed.Start());
        var tenant = await one.AddTenantAsync();

        await Task.WhenAll(
            one.Tenants.ChangeAsync(tenant.RowKey, new(Name: "New"), Instance.Operator, Cancellation),
            other.Tenants.ChangeAsync(tenant.RowKey, new(Status: "suspended"), Instance.Operator, Cancellation));

        Assert.Equal(
            ("New", "suspended"), await one.Tenants.GetAsync(tenant.RowKey, Cancellation) is { } row ? (row.Name, row.Status) : default);
    }

    [Fact]
    public async Task List_Pages_HaveEveryTenantOnce()
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        var instance = bed.Start();
        var made = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            made.Add((await instance.AddTenantAsync()).RowKey);
        }

        var (seen, after) = (new List<string>(), default(string));
        TenantList page;
        do
        {
            page = await instance.Tenants.ListAsync(new Page(2, after), Cancellation);
            Assert.InRange(page.Data.Count, 1, 2);
            seen.AddRange(page.Data.Select(t => t.Id));
            after = seen[^1];
        }
        while (page.HasMore);

        Assert.Equal(seen.Distinct(), seen);
        Assert.Superset(made.ToHashSet(), seen.ToHashSet());
    }
}
