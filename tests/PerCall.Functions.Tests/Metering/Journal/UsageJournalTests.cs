using PerCall.Functions.Metering.Journal;
using PerCall.Functions.Requests;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Metering.Journal;

public sealed class UsageJournalTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task Append_One_IsReadBackFromItsPosition()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var journal = bed.Journal();
        var first = bed.Event();
        await journal.AppendAsync(first, null);
        var position = await journal.PositionAsync(default);
        var second = bed.Event();

        await journal.AppendAsync(second, position.Generation);

        Assert.Equal([first.Id, second.Id], await bed.IdsAsync());
        Assert.Equal([second], await bed.Fence().CloseAsync(position, default).ToListAsync());
        Assert.StartsWith("2026/03/01/10/", position.Blob, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Append_ManyAtOnce_TakesFewAppends()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var journal = bed.Journal();

        await Task.WhenAll(Enumerable.Range(0, 2000).Select(_ => Task.Run(() => journal.AppendAsync(bed.Event(), null))));

        Assert.Equal(2000, journal.Events);
        Assert.InRange(journal.Appends, 1, 200);
        Assert.Equal(2000, (await bed.IdsAsync()).Distinct().Count());
    }

    [Fact]
    public async Task Append_WhileOthersAreExpected_WaitsForMostOfThem()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        bed.Options.CommitDelay = TimeSpan.FromMinutes(1);
        var journal = bed.Journal();
        await CrowdAsync(journal, bed);
        var before = journal.Appends;
        var calls = Enumerable.Range(0, 4).Select(_ => journal.Expect()).ToList();

        var first = journal.AppendAsync(bed.Event(), null);
        var second = journal.AppendAsync(bed.Event(), null);
        await Task.Delay(100);
        Assert.False(first.IsCompleted);

        // The fourth call ends without an event, the third goes on: two of three are not enough, two of two are.
        calls[3].Dispose();
        await Task.Delay(50);
        Assert.False(first.IsCompleted);
        calls[2].Dispose();
        await Task.WhenAll(first, second).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(before + 1, journal.Appends);
    }

    [Fact]
    public async Task Append_OneAtATimeBesideALongCall_DoesNotWait()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        bed.Options.CommitDelay = TimeSpan.FromMinutes(1);
        var journal = bed.Journal();
        using var isLong = journal.Expect();
        for (var i = 0; i < 3; i++)
        {
            using var call = journal.Expect();
            await journal.AppendAsync(bed.Event(), null).WaitAsync(TimeSpan.FromSeconds(20));
        }

        Assert.Equal(3, journal.Appends);
    }

    [Fact]
    public async Task Append_WhoseOutcomeIsUnknown_IsWrittenOnce()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var faults = new StorageFaults { Decide = n => (n % 3) switch { 0 => Fault.AfterSending, 1 => Fault.BeforeSending, _ => Fault.None } };
        var journal = bed.Journal(faults, new() { LongestPause = TimeSpan.FromMilliseconds(1) });

        var events = Enumerable.Range(0, 8).Select(_ => bed.Event()).ToList();
        foreach (var one in events)
        {
            await journal.AppendAsync(one, null);
        }

        await journal.DrainAsync(default);
        Assert.Equal(events.Select(e => e.Id), await bed.IdsAsync());
        Assert.True(faults.Writes > events.Count);
    }

    [Fact]
    public async Task Append_WhileStorageIsDown_FailsOnlyWhereNothingWasSent()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var down = false;
        var faults = new StorageFaults { Decide = _ => down ? Fault.BeforeSending : Fault.None };
        var journal = bed.Journal(faults, new() { GiveUpAfter = TimeSpan.FromMilliseconds(300), LongestPause = TimeSpan.FromMilliseconds(20) });
        await journal.AppendAsync(bed.Event(), null);

        down = true;
        var sent = bed.Event();
        var inFlight = journal.AppendAsync(sent, null);
        var before = faults.Writes;
        await Eventually.HoldsAsync(() => Task.FromResult(faults.Writes > before), "the append was tried");
        var refused = await Assert.ThrowsAsync<RefusedException>(() => journal.AppendAsync(bed.Event(), null));
        Assert.Equal((503, "journal_unavailable"), (refused.Status, refused.Code));
        Assert.False(inFlight.IsCompleted);

        down = false;
        await inFlight;
        Assert.Equal(["e1", sent.Id], await bed.IdsAsync());
    }

    [Fact]
    public async Task Open_WhileStorageIsDown_FailsAndSucceedsLater()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var down = true;
        var faults = new StorageFaults { Decide = _ => down ? Fault.AfterSending : Fault.None };
        var journal = bed.Journal(faults, new() { GiveUpAfter = TimeSpan.FromMilliseconds(100), LongestPause = TimeSpan.FromMilliseconds(20) });

        await Assert.ThrowsAsync<RefusedException>(() => journal.AppendAsync(bed.Event(), null));
        await Assert.ThrowsAsync<RefusedException>(() => journal.PositionAsync(default).AsTask());

        down = false;
        await journal.AppendAsync(bed.Event(), null);
        Assert.Equal(["e2"], await bed.IdsAsync());
    }

    [Fact]
    public async Task Append_MoreThanTheQueueHolds_IsRefused()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        bed.Options.CommitDelay = TimeSpan.FromSeconds(10);
        var journal = bed.Journal(limits: new() { Waiting = 2 });
        await CrowdAsync(journal, bed, 2);
        using var call1 = journal.Expect();
        using var call2 = journal.Expect();
        using var call3 = journal.Expect();
        var first = journal.AppendAsync(bed.Event(), null);
        var second = journal.AppendAsync(bed.Event(), null);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => journal.AppendAsync(bed.Event(), null));

        Assert.Equal("journal_full", refused.Code);
        call3.Dispose();
        await Task.WhenAll(first, second);
    }

    [Fact]
    public async Task Append_OfAnotherGeneration_IsNotWritten()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var journal = bed.Journal();
        await journal.AppendAsync(bed.Event(), null);

        await Assert.ThrowsAsync<JournalFencedException>(() => journal.AppendAsync(bed.Event(), "another"));

        Assert.Equal(["e1"], await bed.IdsAsync());
    }

    [Fact]
    public async Task Append_TooLong_FailsAlone()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var journal = bed.Journal();

        var tooLong = journal.AppendAsync(bed.Event() with { Model = new string('m', 100_000) }, null);
        await journal.AppendAsync(bed.Event(), null);

        await Assert.ThrowsAsync<ArgumentException>(() => tooLong);
        Assert.Equal(["e2"], await bed.IdsAsync());
    }

    [Fact]
    public async Task Append_WhenTheBlobIsGone_GoesIntoANewGeneration()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var journal = bed.Journal();
        var position = await journal.PositionAsync(default);
        await bed.Container().Blob(position.Blob).DeleteAsync();

        var leased = journal.AppendAsync(bed.Event(), position.Generation);
        await Assert.ThrowsAsync<JournalFencedException>(() => leased);
        await journal.AppendAsync(bed.Event(), null);

        Assert.NotEqual(position.Generation, (await journal.PositionAsync(default)).Generation);
        Assert.Equal(["e2"], await bed.IdsAsync());
    }

    [Fact]
    public async Task Drain_WithEventsWaiting_WritesThemAndEndsTheChain()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        bed.Options.CommitDelay = TimeSpan.FromSeconds(10);
        var journal = bed.Journal();
        using var call1 = journal.Expect();
        using var call2 = journal.Expect();
        var waiting = journal.AppendAsync(bed.Event(), null);

        await journal.DrainAsync(default);

        await waiting;
        var lines = Assert.Single(await bed.ReadAllAsync()).Lines;
        Assert.Equal(2, lines.Count);
        Assert.Equal(new JournalClose(null), lines[1].Close);
    }

    [Fact]
    public async Task Hour_WhenItIsOver_TheChainGoesOnInTheNext()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var journal = bed.Journal();
        await journal.AppendAsync(bed.Event(), null);
        var position = await journal.PositionAsync(default);
        bed.Time.Set(new DateTimeOffset(2026, 3, 1, 11, 0, 1, TimeSpan.Zero));

        await journal.AppendAsync(bed.Event(), position.Generation);

        var blobs = await bed.ReadAllAsync();
        Assert.Equal(2, blobs.Count);
        Assert.Equal(blobs[1].Blob, blobs[0].Lines[^1].Close?.Next);
        Assert.Equal($"2026/03/01/11/{position.Generation}-00001.jsonl", blobs[1].Blob);
        Assert.Equal(["e1", "e2"], await bed.IdsAsync());
    }

    [Fact]
    public async Task Blocks_WhenABlobHasEnough_TheChainGoesOn()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var journal = bed.Journal(limits: new() { BlocksPerBlob = 2 });
        var start = await journal.PositionAsync(default);
        for (var i = 0; i < 7; i++)
        {
            await journal.AppendAsync(bed.Event(), start.Generation);
        }

        Assert.Equal([3, 3, 3, 1], (await bed.ReadAllAsync()).Select(b => b.Lines.Count));
        Assert.Equal(["e1", "e2", "e3", "e4", "e5", "e6", "e7"], await bed.Fence().CloseAsync(start, default).Select(e => e.Id).ToListAsync());
    }

    [Fact]
    public async Task Open_InAnHourThatReadersHaveLeft_BeginsInTheOneThatIsOpen()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        await new JournalHours(bed.Container()).MoveAsync("2026/03/01/12", default);
        var journal = bed.Journal();

        await journal.AppendAsync(bed.Event(), null);

        Assert.StartsWith("2026/03/01/12/", (await journal.PositionAsync(default)).Blob, StringComparison.Ordinal);
    }

    /// <summary>Has events written together, as when calls are many.</summary>
    private static async Task CrowdAsync(UsageJournal journal, JournalBed bed, int crowd = 20)
    {
        while (journal.LastBatch <= 1)
        {
            await Task.WhenAll(Enumerable.Range(0, crowd).Select(_ => journal.AppendAsync(bed.Event(), null)));
        }
    }
}
