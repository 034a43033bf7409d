using Azure;
using Azure.Data.Tables;
using PerCall.Client.Wire;
using PerCall.Functions.Requests;
using PerCall.Functions.Tenancy.Plans;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Tenancy;

public sealed class PlanBookTests(AzuriteFixture azurite)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Put_Versions_AreNumberedAndHoldFromTheirTimes()
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        var plans = bed.Start().Plans;
        var id = $"p-{Guid.NewGuid():n}";
        var start = bed.Time.GetUtcNow();

        Assert.Equal(1, await PutAsync(plans, id, Instance.Plan(100)));
        Assert.Equal(2, await PutAsync(plans, id, Instance.Plan(300, start.AddDays(30))));
        bed.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(3, await PutAsync(plans, id, Instance.Plan(200)));

        async Task<long> PriceNowAsync()
        {
            var plan = await plans.GetAsync(id, Cancellation);
            return plan.Versions[plan.InEffect - 1].Prices[0].Price!.Value;
        }

        Assert.Equal(200, await PriceNowAsync());
        bed.Time.Advance(TimeSpan.FromDays(29) - TimeSpan.FromTicks(1));
        Assert.Equal(200, await PriceNowAsync());
        bed.Time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(300, await PriceNowAsync());
        Assert.Equal([1, 2, 3], (await plans.GetAsync(id, Cancellation)).Versions.Select(v => v.Version));
    }

    [Fact]
    public async Task Put_TheSameTwice_IsOneVersion()
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        var plans = bed.Start().Plans;
        var id = $"p-{Guid.NewGuid():n}";
        var later = bed.Time.GetUtcNow().AddDays(1);

        var numbers = new List<int>();
        foreach (var request in new[] { Instance.Plan(), Instance.Plan(), Instance.Plan(at: later), Instance.Plan(at: later),
            Instance.Plan(image: 7) })
        {
            numbers.Add(await PutAsync(plans, id, request));
        }

        Assert.Equal([1, 1, 2, 2, 3], numbers);
    }

    [Fact]
    public async Task Put_LimitsOfLargeModels_AreKeptAndEachChangeIsAVersion()
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        var (instance, id) = (bed.Start(), $"p-{Guid.NewGuid():n}");
        PutPlanRequest[] requests =
        [
            Instance.Plan(),
            Instance.Plan() with { TokensPerMinute = 1_000_000_000 },
            Instance.Plan() with { TokensPerMinute = 1_000_000_000, MaxOutputTokens = 10_000_000 },
            Instance.Plan() with { TokensPerMinute = 1_000_000_000, MaxOutputTokens = 10_000_000, Redact = true },
        ];

        var numbers = new List<int>();
        foreach (var request in requests.SelectMany(r => new[] { r, r }))
        {
            numbers.Add(await PutAsync(instance.Plans, id, request));
        }

        Assert.Equal([1, 1, 2, 2, 3, 3, 4, 4], numbers);
        var plan = (await new PlanTable(instance.Tables).FindAsync(id, Cancellation))!;
        Assert.Equal(
            [(null, null, false), (1_000_000_000, null, false), (1_000_000_000, 10_000_000, false), (1_000_000_000, 10_000_000, true)],
            plan.Versions.Select(v => plan.Find(v.Version)!).Select(t => (t.TokensPerMinute, t.MaxOutputTokens, t.Redact)));
    }

    [Fact]
    public async Task Find_RowWithoutLimitsOfLargeModels_HasNone()
    {
        var (instance, id) = ((await TenancyBed.CreateAsync(azurite)).Start(), $"p-{Guid.NewGuid():n}");
        await PutAsync(instance.Plans, id, Instance.Plan() with { Redact = true });
        var table = instance.Tables.GetTableClient(PlanTable.Name);
        await table.UpdateEntityAsync(
            new TableEntity(id, "0000000001")
            {
                ["Document0"] = """
                    {
                      "version": 1, "currency": "EUR", "effective_at": "2026-01-01T00:00:00Z", "created_at": "2026-01-01T00:00:00Z",
                      "requests_per_minute": 600, "free_units": {}, "prices": [{"operation": "*", "model": "*", "unit": "image", "price": 1}]
                    }
                    """,
            },
            ETag.All,
            TableUpdateMode.Replace,
            Cancellation);

        var terms = (await new PlanTable(instance.Tables).FindAsync(id, Cancellation))!.Find(1)!;

        Assert.Equal(
            (600, null, null, false), (terms.RequestsPerMinute, terms.TokensPerMinute, terms.MaxOutputTokens, terms.Redact));
    }

    [Fact]
    public async Task Delete_PlanOfATenant_IsRefusedUntilItHasAnother()
    {
        var instance = (await TenancyBed.CreateAsync(azurite)).Start();
        var (tenant, other) = (await instance.AddTenantAsync(), $"p-{Guid.NewGuid():n}");
        await PutAsync(instance.Plans, other, Instance.Plan());

        var refused = await Assert.ThrowsAsync<RefusedException>(
            () => instance.Plans.DeleteAsync(tenant.Plan, Instance.Operator, Cancellation));
        Assert.Equal((409, "plan_in_use"), (refused.Status, refused.Code));
        Assert.Contains("1 tenant uses the plan", refused.Message, StringComparison.Ordinal);

        await instance.Tenants.ChangeAsync(tenant.RowKey, new(Plan: other), Instance.Operator, Cancellation);
        await instance.Plans.DeleteAsync(tenant.Plan, Instance.Operator, Cancellation);

        Assert.Equal(
            "plan_not_found", (await Assert.ThrowsAsync<RefusedException>(() => instance.Plans.GetAsync(tenant.Plan, Cancellation))).Code);
        Assert.DoesNotContain((await instance.Plans.ListAsync(Cancellation)).Data, p => p.Id == tenant.Plan);
        await Assert.ThrowsAsync<RefusedException>(
            () => instance.Tenants.ChangeAsync(tenant.RowKey, new(Plan: tenant.Plan), Instance.Operator, Cancellation));
        await Assert.ThrowsAsync<RefusedException>(() => instance.Plans.DeleteAsync(tenant.Plan, Instance.Operator, Cancellation));
        // Invoices and batches still find what held.
        Assert.NotNull((await new PlanTable(instance.Tables).FindAsync(tenant.Plan, Cancellation))!.Find(1));
    }

    [Fact]
    public async Task Put_PlanThatWasDeleted_GoesOnWithItsNextVersion()
    {
        var plans = (await TenancyBed.CreateAsync(azurite)).Start().Plans;
        var id = $"p-{Guid.NewGuid():n}";
        await PutAsync(plans, id, Instance.Plan());
        await plans.DeleteAsync(id, Instance.Operator, Cancellation);

        Assert.Equal(2, await PutAsync(plans, id, Instance.Plan()));

        Assert.Equal(2, (await plans.GetAsync(id, Cancellation)).InEffect);
    }

    [Fact]
    public async Task Delete_KilledBetweenAnyTwoWrites_LeavesThePlanOrIsFinishedByAskingAgain()
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        for (var writes = 0; ; writes++)
        {
            var (id, dying, next) = ($"p-{Guid.NewGuid():n}", bed.Start(), bed.Start());
            await PutAsync(next.Plans, id, Instance.Plan());
            dying.Faults.DieAt(writes + 1, isSent: false);
            if (!await dying.Faults.KillsAsync(() => dying.Plans.DeleteAsync(id, Instance.Operator, Cancellation)))
            {
                Assert.True(writes >= 3, $"It was done in {writes} writes.");
                break;
            }

            Assert.Equal(1, (await next.Plans.GetAsync(id, Cancellation)).InEffect);
            await next.Plans.DeleteAsync(id, Instance.Operator, Cancellation);
            await Assert.ThrowsAsync<RefusedException>(() => next.Plans.GetAsync(id, Cancellation));
        }
    }

    [Fact]
    public async Task Delete_WhileATenantIsGivenThePlan_OneOfBothAtMostSucceeds()
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        var (one, other) = (bed.Start(), bed.Start());
        for (var round = 0; round < 8; round++)
        {
            var id = $"p-{Guid.NewGuid():n}";
            await PutAsync(one.Plans, id, Instance.Plan());
            var delete = Record.ExceptionAsync(() => one.Plans.DeleteAsync(id, Instance.Operator, Cancellation));
            var create = Record.ExceptionAsync(() => other.Tenants.CreateAsync(new(id, "A company", id), Instance.Operator, Cancellation));
            var (deleted, created) = (await delete is null, await create is null);

            Assert.False(deleted && created);
            Assert.Equal(created, await Record.ExceptionAsync(() => other.Tenants.GetAsync(id, Cancellation)) is null);
            Assert.Equal(deleted, await Record.ExceptionAsync(() => one.Plans.GetAsync(id, Cancellation)) is not null);
        }
    }

    [Fact]
    public async Task Put_ByManyAtOnce_LosesNone()
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        var (one, other) = (bed.Start().Plans, bed.Start().Plans);
        var id = $"p-{Guid.NewGuid():n}";
        await PutAsync(one, id, Instance.Plan());

        var numbers = await Task.WhenAll(
            Enumerable.Range(1, 6).Select(i => PutAsync(i % 2 == 0 ? one : other, id, Instance.Plan(image: i))));

        Assert.Equal([2, 3, 4, 5, 6, 7], numbers.Order());
    }

    [Fact]
    public async Task Put_AsManyPricesAsThereMayBe_AreAllKept()
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        var plans = bed.Start().Plans;
        var id = $"p-{Guid.NewGuid():n}";
        var prices = Enumerable.Range(0, PlanValidator.MaxPrices).Select(
            i => new PlanPrice("recommend.similar", new string('m', 60) + i, "recommendation", 1_000_000_000_000, 1_000_000_000)).ToList();

        await PutAsync(plans, id, new() { Currency = "EUR", Prices = prices });

        Assert.Equal(prices, (await plans.GetAsync(id, Cancellation)).Versions[0].Prices);
    }

    [Fact]
    public async Task Put_ManyFaults_AreAllNamedAndNothingIsKept()
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        var plans = bed.Start().Plans;
        var id = $"p-{Guid.NewGuid():n}";

        var refusal = await Assert.ThrowsAsync<RefusedException>(() => PutAsync(plans, id, new()
        {
            Currency = "eur",
            EffectiveAt = bed.Time.GetUtcNow().AddDays(1),
            RequestsPerMinute = 0,
            TokensPerMinute = 1_000_000_001,
            ConcurrentCalls = 10_001,
            MaxOutputTokens = 10_000_001,
            MonthlyBudget = -1,
            FreeUnits = new Dictionary<string, long> { ["picture"] = 1, ["image"] = -1 },
            Prices =
            [
                new("images.classify", "fashion", "image", 1),
                new("images.classify", "fashion", "image", 2),
                new("images.paint", "*", "image", 1),
                new("text.classify", "*", "image", 1),
                new("*", "No Such Name", "pixel", -1, 0),
                new("*", null, "image", null),
                null,
                new("batch", "*", "batch_row", 1),
                new("openai", "*", "token_in", 1_000_000_000_001, 1_000_000_000),
                new("openai", "*", "image", 1),
                new("openai", "*", "token_out", 1, 1_000_000),
            ],
        }));

        Assert.Equal((422, "plan_refused"), (refusal.Status, refusal.Code));
        Assert.Equal(
            [
                "currency", "requests_per_minute", "tokens_per_minute", "concurrent_calls", "max_output_tokens", "monthly_budget",
                "free_units.picture", "free_units.image", "prices[1]", "prices[2].operation", "prices[3].unit",
                "prices[4].model", "prices[4].unit", "prices[4].price", "prices[4].per", "prices[5].model", "prices[5].price", "prices[6]",
                "prices[8].price", "prices[9].unit", "effective_at",
            ],
            refusal.Errors!.Select(e => e.Where));
        Assert.Contains(
            new("prices[9].unit", "is 'image', but openai is counted in 'token_in', 'token_out'."), refusal.Errors!);
        Assert.Equal("plan_not_found", (await Assert.ThrowsAsync<RefusedException>(() => plans.GetAsync(id, Cancellation))).Code);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(501)]
    public async Task Put_NoPricesOrTooMany_IsRefused(int count)
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        var refusal = await Assert.ThrowsAsync<RefusedException>(
            () =>
                PutAsync(
                    bed.Start().Plans, "some-plan",
                    new()
                    {
                        Currency = "EUR",
                        Prices = [.. Enumerable.Range(0, count).Select(
                        i => new PlanPrice("*", $"m{i}", "image", 1))]
                    }));

        Assert.Equal($"has {count} prices; allowed: 1 to 500.", Assert.Single(refusal.Errors!).Detail);
    }

    [Fact]
    public async Task Put_OtherCurrencyOrTimeThatIsPast_IsRefused()
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        var plans = bed.Start().Plans;
        var id = $"p-{Guid.NewGuid():n}";
        await PutAsync(plans, id, Instance.Plan());

        var refusal = await Assert.ThrowsAsync<RefusedException>(
            () => PutAsync(plans, id, Instance.Plan(at: bed.Time.GetUtcNow().AddTicks(-1)) with { Currency = "USD" }));

        Assert.Equal(["effective_at", "currency"], refusal.Errors!.Select(e => e.Where));
        Assert.Single((await plans.GetAsync(id, Cancellation)).Versions);
    }

    private static async Task<int> PutAsync(PlanBook plans, string id, PutPlanRequest request) =>
        (await plans.PutAsync(id, request, Instance.Operator, Cancellation)).Version.Version;
}
