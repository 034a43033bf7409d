using PerCall.Functions.Upkeep;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Upkeep;

public sealed class UpkeepRoundsTests(AzuriteFixture azurite)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_HourlyChore_SucceedsOnceInEachHourOverAllInstances()
    {
        var bed = await ClockBed.CreateAsync(azurite);
        var (runs, fails) = (0, true);
        Chore hourly = new("hourly", ChorePeriod.Hour, _ =>
        {
            runs++;
            return fails ? throw new IOException("Storage did not answer.") : Task.FromResult<DateTimeOffset?>(null);
        });
        var others = 0;
        Chore each = new("each", ChorePeriod.Round, _ =>
        {
            others++;
            return Task.FromResult<DateTimeOffset?>(null);
        });

        // The failure does not affect the other chore, and the next round tries again.
        await Assert.ThrowsAsync<AggregateException>(() => bed.Rounds(bed.Clock(), hourly, each).RunAsync(Cancellation));
        Assert.Equal((1, 1), (runs, others));
        fails = false;
        for (var minute = 0; minute < 60; minute++)
        {
            await bed.Rounds(bed.Clock(), hourly, each).RunAsync(Cancellation);
            bed.Time.Advance(Minute);
        }

        Assert.Equal((2, 61), (runs, others));
        await bed.Rounds(bed.Clock(), hourly, each).RunAsync(Cancellation);
        Assert.Equal((3, 62), (runs, others));
    }

    [Fact]
    public async Task Run_OpenWork_MakesTheNextRoundDueUntilNothingIsDueSoon()
    {
        var bed = await ClockBed.CreateAsync(azurite);
        var clock = bed.Clock();
        DateTimeOffset? next = bed.Time.GetUtcNow() + (1.5 * Minute);
        var rounds = bed.Rounds(
            clock,
            new Chore("first", ChorePeriod.Round, _ => Task.FromResult(next)),
            new Chore("second", ChorePeriod.Round, _ => Task.FromResult(next + Minute)),
            new Chore("third", ChorePeriod.Round, _ => Task.FromResult<DateTimeOffset?>(null)));

        // The timer's round finds work whose message was lost.
        await rounds.RunAsync(Cancellation);
        Assert.Equal(next, (await bed.Table.ReadClockAsync(Cancellation)).Due);

        bed.Time.Advance(1.5 * Minute);
        var round = await bed.DueRoundAsync();
        await rounds.RunAsync(round, Cancellation);
        Assert.Equal(bed.Time.GetUtcNow() + Minute, (await bed.Table.ReadClockAsync(Cancellation)).Due);

        // Its message comes twice.
        await rounds.RunAsync(round, Cancellation);
        Assert.Equal(2, await bed.MessagesAsync());
        // Work that is due in hours is left to the timer.
        next = bed.Time.GetUtcNow() + TimeSpan.FromHours(6);
        await rounds.RunAsync(await bed.DueRoundAsync(), Cancellation);
        Assert.Null((await bed.Table.ReadClockAsync(Cancellation)).Due);
    }

    [Fact]
    public async Task Run_ChoreThatAlwaysFails_IsTriedTwiceAndThenLeftToTheTimer()
    {
        var bed = await ClockBed.CreateAsync(azurite);
        var clock = bed.Clock();
        var rounds = bed.Rounds(clock, new Chore("broken", ChorePeriod.Round, _ => throw new IOException("Storage did not answer.")));
        clock.Wake();
        await clock.Arming;
        List<double> pauses = [];
        while (await bed.Table.ReadClockAsync(Cancellation) is { Due: { } due, Round: { } round })
        {
            pauses.Add((due - bed.Time.GetUtcNow()).TotalMinutes);
            bed.Time.SetUtcNow(due);
            await rounds.RunAsync(round, Cancellation);
        }

        Assert.Equal([1, 1, 2], pauses);
        await Assert.ThrowsAsync<AggregateException>(() => rounds.RunAsync(Cancellation));
        Assert.Null((await bed.Table.ReadClockAsync(Cancellation)).Due);
    }
}
