using Microsoft.AspNetCore.Http;
using PerCall.Functions.Journal;
using PerCall.Functions.Metering;
using PerCall.Functions.Requests;
using PerCall.Testing;
using Xunit;
using static PerCall.Functions.Tests.Metering.MeteredCallBed;

namespace PerCall.Functions.Tests.Metering;

/// <summary>Calls with several units, delivered as a whole.</summary>
public sealed class SeveralUnitsCallTests(AzuriteFixture azurite)
{
    private static readonly byte[] Body = [1, 2, 3, 4];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Deliver_SeveralUnits_WritesAnEventOfEachWithOneAppend()
    {
        await using var bed = await CreateAsync(azurite);
        var instance = await bed.StartAsync();
        using var call = await instance.ReservedAsync();

        var answer = await call.DeliverAsync(
            "c1", "gpt", "2026-01-01", Used(60, 30, 20, UsageEvent.Reported, cost: 77), Body, "application/json", Cancellation);

        var events = await bed.EventsAsync();
        Assert.Equal(1, instance.Journal.Appends);
        Assert.Equal(
            [
                ("c1", null, In, 60, 300, 77), ("c1-2", "c1", Cached, 30, 60, null), ("c1-3", "c1", Out, 20, 240, default(long?)),
            ],
            events.Select(e => (e.Id, e.Of, e.Price.Unit, e.Units, e.Charge, e.Cost)));
        Assert.All(events, e => Assert.Equal(
            (bed.Account, "key1", "openai", "gpt", "2026-01-01", "basic", 3, "EUR", "reported"),
            (e.Account, e.Key, e.Operation, e.Model, e.ModelVersion, e.Plan, e.PlanVersion, e.Currency, e.Basis)));
        Assert.Single(events.Select(e => (e.Time, e.Lease)).Distinct());
        var (response, body) = await WriteAsync(answer);
        call.WriteCostHeaders(response);
        Assert.Equal((200, "application/json", "600", "110"), (
            response.StatusCode, response.ContentType, response.Headers[MeteredCall.CostHeader].ToString(),
            response.Headers[MeteredCall.UnitsHeader].ToString()));
        Assert.Equal(Body, body);
        Assert.Equal((600, 110), call.Charged);
    }

    [Fact]
    public async Task Deliver_NothingUsed_IsACallOfNoUnits()
    {
        await using var bed = await CreateAsync(azurite);
        using var call = await (await bed.StartAsync()).ReservedAsync();

        await call.DeliverAsync("c1", "gpt", "1", Used(0, 0, 0), Body, "text/plain", Cancellation);

        var one = Assert.Single(await bed.EventsAsync());
        Assert.Equal(("c1", In, 0, 0, null), (one.Id, one.Price.Unit, one.Units, one.Charge, one.Of));
    }

    [Theory]
    [InlineData(500, 0, 900, 100, 0, 50)]
    [InlineData(90, 90, 0, 90, 10, 0)]
    [InlineData(-1, 5, -1, 0, 5, 0)]
    public async Task Deliver_BeyondTheBounds_ChargesNoMoreThanReserved(
        long tokens, long cached, long output, long chargedIn, long chargedCached, long chargedOut)
    {
        await using var bed = await CreateAsync(azurite);
        using var call = await (await bed.StartAsync()).ReservedAsync();

        await call.DeliverAsync("c1", "gpt", "1", Used(tokens, cached, output), Body, "application/json", Cancellation);

        var events = await bed.EventsAsync();
        long UnitsOf(string unit) => events.Where(e => e.Price.Unit == unit).Sum(e => e.Units);
        Assert.Equal((chargedIn, chargedCached, chargedOut), (UnitsOf(In), UnitsOf(Cached), UnitsOf(Out)));
    }

    [Fact]
    public async Task Deliver_CachedTokensWithoutPrice_AreChargedAsTokens()
    {
        await using var bed = await CreateAsync(azurite);
        bed.Terms = bed.Terms with { Prices = [.. bed.Terms.Prices.Where(p => p.Unit != Cached)] };
        using var call = await (await bed.StartAsync()).ReservedAsync();

        await call.DeliverAsync("c1", "gpt", "1", Used(10, 20, 1), Body, "application/json", Cancellation);

        Assert.Equal([(In, 30, 150), (Out, 1, 12L)], (await bed.EventsAsync()).Select(e => (e.Price.Unit, e.Units, e.Charge)));
    }

    [Fact]
    public async Task Reserve_ModelWithoutPriceForTheOutput_IsNotInThePlan()
    {
        await using var bed = await CreateAsync(azurite);
        var instance = await bed.StartAsync();
        using var call = instance.Call();

        // The plan prices the output of one model only.
        var refusal = await Assert.ThrowsAsync<RefusedException>(
            async () => await call.ReserveAsync(MeteredCallBed.Operation, "other", [new([In, Cached], 10), new([Out], 10)], Cancellation));
        Assert.Equal((403, "not_in_plan", "model"), (refusal.Status, refusal.Code, refusal.Param));

        // Embeddings have no output.
        await call.ReserveAsync(MeteredCallBed.Operation, "other", [new([In, Cached], 10), new([Out], 0)], Cancellation);
        await call.DeliverAsync("c1", "other", "1", Used(10, 0, 3), Body, "application/json", Cancellation);
        Assert.Equal(50, Assert.Single(await bed.EventsAsync()).Charge);
    }

    [Fact]
    public async Task Reserve_BudgetBelowTheMostExpensiveSplit_IsRefused()
    {
        await using var bed = await CreateAsync(azurite);
        bed.Terms = bed.Terms with { MonthlyBudget = (100 * 5) + (50 * 12) - 1 };
        var instance = await bed.StartAsync();

        var refusal = await Assert.ThrowsAsync<RefusedException>(() => instance.ReservedAsync());
        Assert.Equal("budget_spent", refusal.Code);
        Assert.Contains("costs at most 0.0011 EUR", refusal.Message, StringComparison.Ordinal);
        using var call = await instance.ReservedAsync(prompt: 99);
    }

    [Fact]
    public async Task WriteCostHeaders_AnswerThatDoesNotLeave_VoidsAllEventsWithOneAppend()
    {
        await using var bed = await CreateAsync(azurite);
        var instance = await bed.StartAsync();
        var call = await instance.ReservedAsync();
        await call.DeliverAsync("c1", "gpt", "1", Used(60, 30, 20, cost: 7), Body, "application/json", Cancellation);
        var response = new DefaultHttpContext { Response = { StatusCode = 504 } }.Response;

        call.WriteCostHeaders(response);
        call.Dispose();

        await Eventually.HoldsAsync(() => Task.FromResult(instance.Journal.Events == 6), "the voiding events are written");
        var events = await bed.EventsAsync();
        Assert.Equal(2, instance.Journal.Appends);
        Assert.Equal(
            [
                ("c1-void", "c1", null, -60, -300), ("c1-2-void", "c1-2", "c1", -30, -60), ("c1-3-void", "c1-3", "c1", -20, -240L),
            ],
            events.Skip(3).Select(e => (e.Id, e.Voids, e.Of, e.Units, e.Charge)));
        // The provider bills the operator all the same.
        Assert.Equal(7, events.Sum(e => e.Cost ?? 0));
        Assert.Equal("0", response.Headers[MeteredCall.CostHeader].ToString());
        await GivenBackAsync(bed, instance);
        Assert.Equal((0, 0), ((await bed.RowAsync()).Spent.Money, (await bed.RowAsync()).Leases.Count));
    }

    [Fact]
    public async Task Deliver_KeptAnswer_IsStoredWithItsSumsAndTypeBeforeItIsCharged()
    {
        await using var bed = await CreateAsync(azurite);
        var instance = await bed.StartAsync();
        var kept = new KeptAnswer(instance.Journal);
        using var call = await instance.ReservedAsync(kept: kept);

        await call.DeliverAsync("c1", "gpt", "1", Used(60, 30, 20), Body.AsMemory(1, 2), "text/plain", Cancellation);

        Assert.True(call.KeepsAnswer);
        Assert.Equal(("c1", 600, 110, "text/plain", 0), (kept.Charge.Id, kept.Charge.Charge, kept.Charge.Units, kept.ContentType, kept.Before));
        Assert.Equal([2, 3], kept.Body);
        Assert.True(kept.IsConfirmed);
        Assert.Equal(3, (await bed.EventsAsync()).Count);
    }

    [Fact]
    public async Task Call_WithoutCaller_MetersNothing()
    {
        await using var bed = await CreateAsync(azurite);
        var instance = await bed.StartAsync();
        using var call = instance.OpenCall();

        await call.ReserveAsync(MeteredCallBed.Operation, "gpt", [new([In], 10)], Cancellation);
        await call.DeliverAsync("c1", "gpt", "1", Used(1, 1, 1), Body, "application/json", Cancellation);
        call.BeginStream();
        await call.ChargeToAsync("c1", "gpt", "1", Used(1, 1, 1), Cancellation);

        Assert.Equal((0, 0), call.Charged);
        Assert.Empty(await bed.EventsAsync());
    }

    /// <summary>Ends when the calls have ended and the lease is returned.</summary>
    internal static Task GivenBackAsync(MeteredCallBed bed, MeteredInstance instance) => Eventually.HoldsAsync(
        async () =>
        {
            await instance.Allowances.GiveBackAsync();
            return (await bed.RowAsync()).Leases.Count == 0;
        },
        "the lease is returned");

    internal static ChargedUnits Used(long tokens, long cached, long output, string? basis = null, long? cost = null) =>
        new([new(Out, output), new(Cached, cached), new(In, tokens)], basis, cost);

    private sealed class KeptAnswer(UsageJournal journal) : IKeptAnswer
    {
        public bool NeedsCharge => true;

        public UsageEvents Charge { get; private set; }

        public byte[] Body { get; private set; } = [];

        public string? ContentType { get; private set; }

        /// <summary>The number of events in the journal when the answer was stored.</summary>
        public long Before { get; private set; }

        public bool IsConfirmed { get; private set; }

        public async Task<ChargeIntent> KeepAsync(UsageEvents charge, byte[] body, string contentType)
        {
            (Charge, Body, ContentType, Before) = (charge, body, contentType, journal.Events);
            return new(charge.Id, await journal.PositionAsync(default));
        }

        public Task ConfirmAsync()
        {
            IsConfirmed = true;
            return Task.CompletedTask;
        }
    }
}
