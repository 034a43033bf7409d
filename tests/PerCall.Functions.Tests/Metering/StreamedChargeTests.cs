using Microsoft.AspNetCore.Http;
using PerCall.Functions.Journal;
using PerCall.Functions.Metering;
using PerCall.Functions.Metering.Invoices;
using PerCall.Functions.Metering.RollUp;
using PerCall.Functions.Requests;
using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;
using static PerCall.Functions.Tests.Metering.MeteredCallBed;
using static PerCall.Functions.Tests.Metering.SeveralUnitsCallTests;

namespace PerCall.Functions.Tests.Metering;

/// <summary>Calls that are charged in parts while they are delivered.</summary>
public sealed class StreamedChargeTests(AzuriteFixture azurite)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ChargeTo_TotalsUpAndDown_ChargesTheDifferences()
    {
        await using var bed = await CreateAsync(azurite);
        var instance = await bed.StartAsync();
        var call = await instance.ReservedAsync();

        await ChargeAsync(call, Used(90, 0, 0, UsageEvent.Counted));
        await ChargeAsync(call, Used(90, 0, 10, UsageEvent.Counted));
        await ChargeAsync(call, Used(40, 40, 8, UsageEvent.Reported, cost: 1234));

        Assert.Equal(
            [
                ("c1", null, In, 90, 450, "counted", null), ("c1-2", "c1", Out, 10, 120, "counted", null),
                ("c1-3", "c1", In, -50, -250, "reported", 1234), ("c1-4", "c1", Cached, 40, 80, "reported", null),
                ("c1-5", "c1", Out, -2, -24L, "reported", default(long?)),
            ],
            (await bed.EventsAsync()).Select(e => (e.Id, e.Of, e.Price.Unit, e.Units, e.Charge, e.Basis, e.Cost)));
        Assert.Equal(3, instance.Journal.Appends);
        Assert.Equal(((40 * 5) + (40 * 2) + (8 * 12), 88), call.Charged);
        call.Dispose();
        await GivenBackAsync(bed, instance);
        Assert.Equal((376, 0), ((await bed.RowAsync()).Spent.Money, (await bed.RowAsync()).Leases.Count));
    }

    [Fact]
    public async Task ChargeTo_PricesOfLessThanAMicroUnit_RoundsTheSumAndNotTheSteps()
    {
        await using var bed = await CreateAsync(azurite);
        bed.Terms = bed.Terms with { Prices = [.. bed.Terms.Prices.Select(p => p with { Per = 1000 })] };
        using var call = await (await bed.StartAsync()).ReservedAsync(prompt: 1000, output: 1000);

        for (var i = 1; i <= 20; i++)
        {
            await ChargeAsync(call, Used(501, 0, i * 5));
        }

        var events = await bed.EventsAsync();
        Assert.Equal((3, 2), (ChargeOf(events, In), ChargeOf(events, Out)));
        Assert.Equal(20, events.Count(e => e.Price.Unit == Out));
    }

    [Fact]
    public async Task ChargeTo_TotalsThatChangeNothing_WriteNothing()
    {
        await using var bed = await CreateAsync(azurite);
        var instance = await bed.StartAsync();
        using var call = await instance.ReservedAsync();

        await ChargeAsync(call, Used(0, 0, 0, UsageEvent.Counted, cost: 5));
        Assert.Equal(0, instance.Journal.Events);
        await ChargeAsync(call, Used(10, 0, 5, UsageEvent.Counted, cost: 5));
        await ChargeAsync(call, Used(10, 0, 5, UsageEvent.Counted, cost: 5));
        await ChargeAsync(call, Used(10, 0, 5));
        Assert.Equal(2, instance.Journal.Events);

        // A new basis or cost is recorded, without units.
        await ChargeAsync(call, Used(10, 0, 5, UsageEvent.Reported, cost: 3));
        var last = (await bed.EventsAsync())[^1];
        Assert.Equal(("c1-3", "c1", 0, 0, "reported", -2), (last.Id, last.Of, last.Units, last.Charge, last.Basis, last.Cost));
    }

    [Fact]
    public async Task ChargeTo_AfterTheFunctionHasReturned_StillCharges()
    {
        await using var bed = await CreateAsync(azurite);
        bed.Terms = bed.Terms with { MonthlyBudget = 1_100 };
        var instance = await bed.StartAsync();
        var call = await instance.ReservedAsync();
        call.BeginStream();
        call.ReleaseReservation();

        var response = new DefaultHttpContext().Response;
        call.WriteCostHeaders(response);
        await ChargeAsync(call, Used(100, 0, 50));

        Assert.Empty(response.Headers);
        await Assert.ThrowsAsync<RefusedException>(() => instance.ReservedAsync(1, 0));
        await ChargeAsync(call, Used(100, 0, 0));
        call.Dispose();
        Assert.Equal((500, 100), call.Charged);
        using var next = await instance.ReservedAsync(0, 50);
    }

    [Fact]
    public async Task ReleaseReservation_CallThatDidNotBeginAStream_GivesEverythingBack()
    {
        await using var bed = await CreateAsync(azurite);
        bed.Terms = bed.Terms with { MonthlyBudget = 1_100 };
        var instance = await bed.StartAsync();
        using (var call = await instance.ReservedAsync())
        {
            call.ReleaseReservation();
        }

        using var next = await instance.ReservedAsync();
    }

    [Fact]
    public async Task ChargeTo_OtherStatusAfterwards_VoidsNothing()
    {
        await using var bed = await CreateAsync(azurite);
        var instance = await bed.StartAsync();
        var call = await instance.ReservedAsync();
        await ChargeAsync(call, Used(10, 0, 0));

        call.WriteCostHeaders(new DefaultHttpContext { Response = { StatusCode = 500 } }.Response);
        call.Dispose();
        await GivenBackAsync(bed, instance);

        Assert.Equal(50, Assert.Single(await bed.EventsAsync()).Charge);
    }

    [Fact]
    public async Task ChargeTo_CancelledBeforehand_ChargesNothing()
    {
        await using var bed = await CreateAsync(azurite);
        using var call = await (await bed.StartAsync()).ReservedAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(
            () => call.ChargeToAsync("c1", "gpt", "1", Used(1, 0, 0), new CancellationToken(canceled: true)));

        Assert.Empty(await bed.EventsAsync());
    }

    [Fact]
    public async Task ChargeTo_FencedJournal_ThrowsAndKeepsWhatWasCharged()
    {
        await using var bed = await CreateAsync(azurite);
        var instance = await bed.StartAsync();
        using var call = await instance.ReservedAsync();
        await ChargeAsync(call, Used(10, 0, 5));
        await bed.Journals.Fence().SealAsync((await instance.Journal.PositionAsync(Cancellation)).Blob, Cancellation);

        await Assert.ThrowsAsync<JournalFencedException>(() => ChargeAsync(call, Used(10, 0, 20)));
        // What is charged already needs no event, and another step stays refused.
        await ChargeAsync(call, Used(10, 0, 5));
        await Assert.ThrowsAsync<JournalFencedException>(() => ChargeAsync(call, Used(1, 0, 0)));

        Assert.Equal((110, 15), call.Charged);
        Assert.Equal(110, (await bed.EventsAsync()).Sum(e => e.Charge));
    }

    [Fact]
    public async Task ChargeTo_StorageUnavailable_ThrowsAndALaterStepChargesItsOwnTotals()
    {
        await using var bed = await CreateAsync(azurite);
        var faults = new StorageFaults();
        var instance = await bed.StartAsync(
            faults, new() { GiveUpAfter = TimeSpan.FromMilliseconds(20), LongestPause = TimeSpan.FromMilliseconds(5) });
        using var call = await instance.ReservedAsync();
        await ChargeAsync(call, Used(10, 0, 20));
        var writes = faults.Writes;
        faults.Decide = r => r.Appends ? Fault.BeforeSending : Fault.None;
        // The outcome of this append is unknown while storage is down, so the next charge is not sent.
        var other = bed.Journals.Event();
        var inFlight = instance.Journal.AppendAsync(other, null);
        await Eventually.HoldsAsync(() => Task.FromResult(faults.Writes > writes), "an append is in flight");

        var refusal = await Assert.ThrowsAsync<RefusedException>(() => ChargeAsync(call, Used(10, 0, 30)));
        Assert.Equal((503, "journal_unavailable"), (refusal.Status, refusal.Code));
        faults.Decide = _ => Fault.None;
        await inFlight;
        await ChargeAsync(call, Used(10, 0, 15));

        Assert.Equal(["c1", "c1-2", other.Id, "c1-3"], (await bed.EventsAsync()).Select(e => e.Id));
        Assert.Equal((50 + 180, 25), call.Charged);
    }

    [Fact]
    public async Task ChargeTo_Asynchronously_ReturnsAtOnceAndKeepsTheOrder()
    {
        await using var bed = await CreateAsync(azurite);
        bed.Journals.Options.Durability = Durability.Async;
        var faults = new StorageFaults();
        var instance = await bed.StartAsync(faults);
        var call = await instance.ReservedAsync();
        await instance.Journal.PositionAsync(Cancellation);
        using var held = faults.Hold(r => r.Appends);

        for (var i = 1; i <= 20; i++)
        {
            Assert.True(ChargeAsync(call, Used(10, 0, i)).IsCompletedSuccessfully);
        }

        await ChargeAsync(call, Used(5, 5, 3));
        await held.Reached;
        call.Dispose();
        held.Release();
        await GivenBackAsync(bed, instance);

        var events = await bed.EventsAsync();
        // Totals that gathered during the first append are one step.
        Assert.Equal(2, instance.Journal.Appends);
        Assert.Equal((25, 10, 36), (ChargeOf(events, In), ChargeOf(events, Cached), ChargeOf(events, Out)));
        Assert.Equal(71, (await bed.RowAsync()).Spent.Money);
    }

    [Fact]
    public async Task ChargeTo_AsynchronouslyAndNotWritten_ThrowsAtTheNextStep()
    {
        await using var bed = await CreateAsync(azurite);
        bed.Journals.Options.Durability = Durability.Async;
        var instance = await bed.StartAsync();
        using var call = await instance.ReservedAsync();
        await bed.Journals.Fence().SealAsync((await instance.Journal.PositionAsync(Cancellation)).Blob, Cancellation);
        await ChargeAsync(call, Used(10, 0, 20));
        // Any other event finds the fence, too, after the first one was refused.
        await instance.Journal.AppendAsync(bed.Journals.Event(), null);

        await Eventually.HoldsAsync(
            async () => await Record.ExceptionAsync(() => ChargeAsync(call, Used(0, 0, 0))) is JournalFencedException, "the failure is thrown");

        Assert.Equal((0, 0), call.Charged);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task ChargeTo_RandomSteps_AreOneCallWithItsLastTotalsInUsageAndInvoice(int seed)
    {
        await using var bed = await CreateAsync(azurite);
        bed.Terms = bed.Terms with { FreeUnits = new Dictionary<string, long> { [Out] = 70 } };
        var instance = await bed.StartAsync();
        var random = new Random(seed);
        var totals = new Dictionary<string, long> { [In] = 0, [Cached] = 0, [Out] = 0 };
        for (var i = 0; i < 3; i++)
        {
            var call = await instance.ReservedAsync();
            (long In, long Cached, long Out) used = default;
            for (var step = random.Next(1, 12); step > 0; step--)
            {
                used = (random.Next(1, 60), random.Next(0, 40), random.Next(0, 50));
                await call.ChargeToAsync($"c{i}", "gpt", "1", Used(used.In, used.Cached, used.Out), Cancellation);
            }

            (totals[In], totals[Cached], totals[Out]) = (totals[In] + used.In, totals[Cached] + used.Cached, totals[Out] + used.Out);
            call.Dispose();
        }

        await GivenBackAsync(bed, instance);
        var events = await bed.EventsAsync();
        Dictionary<UsageKey, UsageCounts> rows = [];
        foreach (var one in events)
        {
            rows[UsageKey.Of(one)] = rows.GetValueOrDefault(UsageKey.Of(one)) + UsageCounts.Of(one);
        }

        var lines = InvoiceSums.Lines(rows);
        Assert.Equal(events.Select(e => e.Id).Distinct().Count(), events.Count);
        Assert.Equal(3, lines.Sum(l => l.Calls));
        Assert.All(lines, l => Assert.Equal(totals[l.Unit], l.Units));
        Assert.All(lines, l => Assert.Equal(l.ChargedUnits * l.Price, l.Charge));
        var row = await bed.RowAsync();
        Assert.Equal((lines.Sum(l => l.Charge), lines.Sum(l => l.FreeUnits)), (row.Spent.Money, row.Spent.FreeOf(Out)));
        Assert.InRange(row.Spent.FreeOf(Out), 1, 70);
    }

    private static Task ChargeAsync(MeteredCall call, ChargedUnits used) => call.ChargeToAsync("c1", "gpt", "1", used, Cancellation);

    private static long ChargeOf(IEnumerable<UsageEvent> events, string unit) => events.Where(e => e.Price.Unit == unit).Sum(e => e.Charge);
}
