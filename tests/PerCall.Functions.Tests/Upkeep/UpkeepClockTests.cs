using PerCall.Functions.Upkeep;
using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Upkeep;

public sealed class UpkeepClockTests(AzuriteFixture azurite)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Wake_ByManyInstances_SendsOneMessageForARoundInAMinute()
    {
        var bed = await ClockBed.CreateAsync(azurite);
        var clocks = Enumerable.Range(0, 8).Select(_ => bed.Clock()).ToList();

        await Task.WhenAll(clocks.Select(WakeAsync));
        await Task.WhenAll(clocks.Select(WakeAsync));

        Assert.Equal(1, await bed.MessagesAsync());
        Assert.Equal(bed.Time.GetUtcNow() + Minute, (await bed.Table.ReadClockAsync(Cancellation)).Due);
    }

    [Fact]
    public async Task Wake_WhileARoundIsKnownToBeDue_AsksStorageNothing()
    {
        var bed = await ClockBed.CreateAsync(azurite);
        var faults = new StorageFaults();
        var clock = bed.Clock(faults);
        await WakeAsync(clock);
        var requests = faults.Requests;

        for (var call = 0; call < 1000; call++)
        {
            await WakeAsync(clock);
        }

        Assert.Equal(requests, faults.Requests);
    }

    [Fact]
    public async Task Wake_DuringARound_MakesAnotherDue()
    {
        var bed = await ClockBed.CreateAsync(azurite);
        var (clock, other) = (bed.Clock(), bed.Clock());
        await WakeAsync(clock);
        await WakeAsync(other);
        var round = await bed.DueRoundAsync();
        bed.Time.Advance(Minute);
        Assert.Equal(0, await clock.BeginAsync(round, Cancellation));

        // The round may have read the journals already.
        await WakeAsync(other);

        Assert.NotEqual(round, await bed.DueRoundAsync());
        Assert.Equal(2, await bed.MessagesAsync());
        // The first message is delivered again, because its instance died.
        Assert.Null(await clock.BeginAsync(round, Cancellation));
    }

    [Fact]
    public async Task Wake_WhenTheRoundBeginsAnyMoment_WaitsAndThenMakesAnotherDue()
    {
        var bed = await ClockBed.CreateAsync(azurite);
        var (clock, other) = (bed.Clock(), bed.Clock());
        await WakeAsync(clock);
        var round = await bed.DueRoundAsync();
        bed.Time.Advance(Minute - TimeSpan.FromSeconds(1));
        other.Wake();
        bed.Time.Advance(TimeSpan.FromSeconds(1));
        await clock.BeginAsync(round, Cancellation);

        await Eventually.HoldsAsync(
            () =>
            {
                bed.Time.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(other.Arming.IsCompleted);
            },
            "the other instance has seen that the round began");

        Assert.NotEqual(round, await bed.DueRoundAsync());
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public async Task Wake_ProcessEndsBeforeItsMessage_IsMadeUpForByAnother(int write, bool isSent)
    {
        var bed = await ClockBed.CreateAsync(azurite);
        var faults = new StorageFaults();
        faults.DieAt(write, isSent);
        bed.Clock(faults).Wake();
        await faults.Death;
        var lost = await bed.DueRoundAsync();
        Assert.Equal(0, await bed.MessagesAsync());

        bed.Time.Advance(4 * Minute);
        await WakeAsync(bed.Clock());

        Assert.NotEqual(lost, await bed.DueRoundAsync());
        Assert.Equal(1, await bed.MessagesAsync());
    }

    [Fact]
    public async Task Wake_MessageCannotBeSent_LeavesNoRoundDue()
    {
        var bed = await ClockBed.CreateAsync(azurite);
        var faults = new StorageFaults
        {
            Decide = r => r.Uri.AbsolutePath.EndsWith("/messages", StringComparison.Ordinal) ? Fault.BeforeSending : Fault.None,
        };
        var clock = bed.Clock(faults);
        await WakeAsync(clock);
        Assert.Null((await bed.Table.ReadClockAsync(Cancellation)).Due);

        faults.Decide = _ => Fault.None;
        bed.Time.Advance(TimeSpan.FromSeconds(10));
        await WakeAsync(clock);

        Assert.Equal(1, await bed.MessagesAsync());
    }

    [Fact]
    public async Task Wake_WhileTheRoundOfAnInstanceWithOtherSettingsIsDueLater_ReplacesIt()
    {
        var bed = await ClockBed.CreateAsync(azurite);
        await bed.Clock(interval: 10 * Minute).ArmAsync(bed.Time.GetUtcNow(), 0, Cancellation);
        var later = await bed.DueRoundAsync();
        var clock = bed.Clock();

        await WakeAsync(clock);

        Assert.Equal(bed.Time.GetUtcNow() + Minute, (await bed.Table.ReadClockAsync(Cancellation)).Due);
        Assert.Null(await clock.BeginAsync(later, Cancellation));
        Assert.Equal(0, await clock.BeginAsync(await bed.DueRoundAsync(), Cancellation));
    }

    [Fact]
    public async Task Arm_LaterThanTwoShortIntervals_IsDueThenUnlessWorkIsOpenedBefore()
    {
        var bed = await ClockBed.CreateAsync(azurite);
        var clock = bed.Clock(interval: TimeSpan.FromSeconds(2));
        var lapse = bed.Time.GetUtcNow() + TimeSpan.FromSeconds(20);

        await clock.ArmAsync(lapse, 0, Cancellation);
        await clock.ArmAsync(lapse + Minute, 0, Cancellation);
        Assert.Equal(lapse, (await bed.Table.ReadClockAsync(Cancellation)).Due);
        Assert.Equal(1, await bed.MessagesAsync());

        await WakeAsync(clock);
        Assert.Equal(bed.Time.GetUtcNow() + TimeSpan.FromSeconds(2), (await bed.Table.ReadClockAsync(Cancellation)).Due);
    }

    private static Task WakeAsync(UpkeepClock clock)
    {
        clock.Wake();
        return clock.Arming;
    }
}
