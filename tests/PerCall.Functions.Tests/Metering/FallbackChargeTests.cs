using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PerCall.Functions.Budget;
using PerCall.Functions.Journal;
using PerCall.Functions.Metering;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;
using PerCall.Functions.Tenancy;
using PerCall.Functions.Tests.Budget;
using PerCall.Functions.Tests.Journal;
using PerCall.Functions.Text;
using PerCall.Inference.Packages;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Metering;

/// <summary>Charges of calls that a model and its fallback answered.</summary>
public sealed class FallbackChargeTests(AzuriteFixture azurite)
{
    private const long OwnPrice = 3;
    private const long FallbackPrice = 50;

    private static readonly ModelManifest Spam = new()
    {
        Schema = 1,
        Name = "spam",
        Version = "7",
        Task = ModelTask.TextClassification,
        Description = "",
        License = "",
        Files = new Dictionary<string, string>(),
        Unit = PriceUnit.ThousandCharacters,
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Charge_BothModelsAnswered_AreTwoEventsOfOneCall()
    {
        await using var bed = await FallbackBed.CreateAsync(azurite, budget: 10_000);
        using var call = bed.Call();

        Assert.True(await ReserveAsync(call, own: 5, fallback: 4));
        await call.ChargeAsync("a", Spam, new AnswerShares(2, null, new("mail", "1", 3, 40)), [], Cancellation);

        Assert.Equal((2 * OwnPrice) + (3 * FallbackPrice), call.Charged.Cost);
        Assert.Equal(5, call.Charged.Units);
        Assert.Equal(
            [("a", null, "spam", "7", 2, 2 * OwnPrice, null), ("a-2", "a", "mail", "1", 3, 3 * FallbackPrice, 40)],
            await bed.EventsAsync());
        call.Dispose();
        Assert.Equal((2 * OwnPrice) + (3 * FallbackPrice), await bed.SpentAsync());
    }

    [Fact]
    public async Task Charge_OnlyTheFallbackAnswered_IsUnderItsNameAndPrice()
    {
        await using var bed = await FallbackBed.CreateAsync(azurite, budget: 10_000);
        using var call = bed.Call();

        Assert.True(await ReserveAsync(call, own: 1, fallback: 1));
        await call.ChargeAsync("a", Spam, new AnswerShares(0, null, new("mail", "1", 1, null)), [], Cancellation);

        Assert.Equal([("a", null, "mail", "1", 1, FallbackPrice, null)], await bed.EventsAsync());
        call.Dispose();
        Assert.Equal(FallbackPrice, await bed.SpentAsync());
    }

    [Fact]
    public async Task Charge_FallbackDidNotAnswer_IsTheModelsAndTheRestComesBack()
    {
        await using var bed = await FallbackBed.CreateAsync(azurite, budget: 10_000);
        using var call = bed.Call();

        Assert.True(await ReserveAsync(call, own: 1, fallback: 100));
        await call.ChargeAsync("a", Spam, new AnswerShares(1), [], Cancellation);

        Assert.Equal([("a", null, "spam", "7", 1, OwnPrice, null)], await bed.EventsAsync());
        call.Dispose();
        Assert.Equal(OwnPrice, await bed.SpentAsync());
        using var next = bed.Call();
        // All but the charge can be spent again.
        Assert.True(await ReserveAsync(next, own: 1, fallback: (10_000 - (2 * OwnPrice)) / FallbackPrice));
    }

    [Fact]
    public async Task Reserve_FallbackWithoutPriceOrBudget_LeavesTheCallToTheModel()
    {
        await using var bed = await FallbackBed.CreateAsync(azurite, budget: 60);
        using var call = bed.Call();

        await call.ReserveAsync(TextOperations.Classify, "spam", 5, Cancellation);
        Assert.False(await call.TryReserveFallbackAsync(TextOperations.Classify, "other", 1, Cancellation));
        Assert.False(await call.TryReserveFallbackAsync(TextOperations.Classify, "mail", 1, Cancellation));
        await call.ChargeAsync("a", Spam, new AnswerShares(5), [], Cancellation);

        Assert.Equal([("a", null, "spam", "7", 5, 5 * OwnPrice, null)], await bed.EventsAsync());
    }

    [Fact]
    public async Task Charge_IncludedUnits_AreUsedOnceByBoth()
    {
        await using var bed = await FallbackBed.CreateAsync(azurite, budget: 10_000, included: 3);
        using var call = bed.Call();

        Assert.True(await ReserveAsync(call, own: 2, fallback: 2));
        await call.ChargeAsync("a", Spam, new AnswerShares(2, null, new("mail", "1", 2, null)), [], Cancellation);

        Assert.Equal([0, FallbackPrice], (await bed.EventsAsync()).Select(e => e.Charge));
    }

    [Fact]
    public async Task Charge_OfAnAnswerThatDidNotLeave_IsTakenBackForBoth()
    {
        await using var bed = await FallbackBed.CreateAsync(azurite, budget: 10_000);
        using var call = bed.Call();
        Assert.True(await ReserveAsync(call, own: 2, fallback: 2));
        await call.ChargeAsync("a", Spam, new AnswerShares(1, null, new("mail", "1", 1, 9)), [], Cancellation);

        var response = new DefaultHttpContext().Response;
        response.StatusCode = 500;
        call.WriteCostHeaders(response);
        call.Dispose();

        await Eventually.ComesToAsync(async () => (await bed.EventsAsync()).Count, count => count == 4, "both events are voided");
        Assert.Equal(
            [("a-2-void", "mail", -1, -FallbackPrice, null), ("a-void", "spam", -1, -OwnPrice, null)],
            (await bed.EventsAsync()).Where(e => e.Units < 0).Select(e => (e.Id, e.Model, e.Units, e.Charge, e.Cost)).Order());
        Assert.Equal(0, await bed.SpentAsync());
    }

    [Fact]
    public async Task Charge_ThatTheJournalRefuses_IsNeitherModels()
    {
        await using var bed = await FallbackBed.CreateAsync(azurite, budget: 10_000);
        using (var first = bed.Call())
        {
            await first.ReserveAsync(TextOperations.Classify, "spam", 1, Cancellation);
            await first.ChargeAsync("first", Spam, new AnswerShares(1), [], Cancellation);
        }

        using var call = bed.Call();
        Assert.True(await ReserveAsync(call, own: 1, fallback: 1));
        await bed.FenceAsync();

        await Assert.ThrowsAnyAsync<UnavailableException>(
            () => call.ChargeAsync("a", Spam, new AnswerShares(1, null, new("mail", "1", 1, null)), [], Cancellation));
        call.ReleaseReservation();

        Assert.Equal(["first"], (await bed.EventsAsync()).Select(e => e.Id));
    }

    private static async Task<bool> ReserveAsync(MeteredCall call, long own, long fallback)
    {
        await call.ReserveAsync(TextOperations.Classify, "spam", own, Cancellation);
        return await call.TryReserveFallbackAsync(TextOperations.Classify, "mail", fallback, Cancellation);
    }

    /// <summary>A tenant whose plan prices both models.</summary>
    private sealed class FallbackBed : IAsyncDisposable
    {
        private readonly JournalBed _journals;
        private readonly UsageJournal _journal;
        private readonly LimitsTable _table;
        private readonly Allowances _allowances;
        private readonly PlanTerms _plan;

        private FallbackBed(JournalBed journals, LimitsTable table, PlanTerms plan)
        {
            (_journals, _journal, _table, _plan) = (journals, journals.Journal(), table, plan);
            _allowances = new(
                table, _journal, new(journals.Fence(), journals.Time, NullLogger<LeaseReconciler>.Instance), new(table, journals.Time),
                new OptionsWrapper<LimitsOptions>(new()), journals.Time);
        }

        private string Account { get; } = Guid.NewGuid().ToString("n");

        public static async Task<FallbackBed> CreateAsync(AzuriteFixture azurite, long budget, long included = 0)
        {
            var plan = new PlanTerms
            {
                Plan = "basic",
                Version = 1,
                Currency = "EUR",
                MonthlyBudget = budget,
                Prices =
                [
                    new(TextOperations.Classify.Name, "spam", "1k_characters", OwnPrice),
                    new(TextOperations.Classify.Name, "mail", "1k_characters", FallbackPrice),
                ],
                FreeUnits = included == 0 ? new Dictionary<string, long>() : new Dictionary<string, long> { ["1k_characters"] = included },
            };
            return new(
                await JournalBed.CreateAsync(azurite),
                await LimitTables.OpenAsync(azurite.ConnectionString, table: $"limits{Guid.NewGuid():n}"), plan);
        }

        public MeteredCall Call() => new(
            null, new("tenant", Account, "key", KeyRoles.Call, _plan), _allowances,
            new(_journal, new OptionsWrapper<MeteringOptions>(_journals.Options), NullLogger<Charges>.Instance));

        public async Task<List<(string Id, string? Of, string Model, string Version, long Units, long Charge, long? Cost)>> EventsAsync() =>
            [.. (await _journals.ReadAllAsync()).SelectMany(b => b.Lines).Where(l => !l.IsMark).Select(l => l.ToEvent()).Select(
                e => (e.Id, e.Of, e.Model, e.ModelVersion, e.Units, e.Charge, e.Cost))];

        /// <summary>Has another instance close the journal.</summary>
        public async Task FenceAsync() =>
            await _journals.Fence().CloseAsync(await _journal.PositionAsync(Cancellation), Cancellation).CountAsync(Cancellation);

        /// <summary>What the account has spent of its budget when nothing is leased any more.</summary>
        public async Task<long> SpentAsync()
        {
            await Eventually.ComesToAsync(
                async () =>
                {
                    await _allowances.GiveBackAsync();
                    return (await StateAsync()).Leases.Count;
                },
                leases => leases == 0,
                "the leases end");
            return (await StateAsync()).Spent.Money;
        }

        public ValueTask DisposeAsync() => _journals.DisposeAsync();

        private async Task<AllowanceState> StateAsync() =>
            (await new MonthRow(_table, Account, MonthRow.MonthOf(_journals.Time.GetUtcNow())).ReadAsync(Cancellation)).State;
    }
}
