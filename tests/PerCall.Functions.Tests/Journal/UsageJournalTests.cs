using PerCall.Functions.Journal;
using PerCall.Functions.Requests;
using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Journal;

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
    public async Task Append_AfterStorageHasLostWhatItAcknowledged_GoesOnInAnotherJournal()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var journal = bed.Journal();
        var (first, lost, refused, next) = (bed.Event(), bed.Event(), bed.Event(), bed.Event());
        await journal.AppendAsync(first, null);
        var kept = await journal.PositionAsync(default);
        await journal.AppendAsync(lost, null);
        await bed.LoseAsync(kept.Blob, (int)kept.Offset);

        // What was leased in that journal is not charged in another; what was not, is.
        await Assert.ThrowsAsync<JournalFencedException>(() => journal.AppendAsync(refused, kept.Generation));
        await journal.AppendAsync(next, null);

        var position = await journal.PositionAsync(default);
        Assert.NotEqual(kept.Generation, position.Generation);
        Assert.Equal([first.Id, next.Id], await bed.IdsAsync());
    }

    [Fact]
    public async Task Require_WhileStorageDoesNotWrite_RefusesAtOnceAndLetsOneCallTry()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var faults = new StorageFaults();
        var time = new WatchedTime();
        var journal = bed.Journal(faults, time: time);
        await time.PassUntilAsync(journal.AppendAsync(bed.Event(), null), TimeSpan.FromMilliseconds(1));
        faults.Decide = r => r.IsWrite ? Fault.BeforeSending : Fault.None;
        var before = faults.Writes;
        var probe = journal.AppendAsync(bed.Event(), null);
        await Eventually.HoldsAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                // The pauses between so many tries are longer than storage may fail.
                return Task.FromResult(faults.Writes - before >= 8);
            },
            "storage has failed for long enough");
        Assert.Null(Catch(journal.RequireOpen));

        var waiting = journal.AppendAsync(bed.Event(), null);
        var refusal = Catch(journal.RequireOpen);
        faults.Decide = _ => Fault.None;
        await time.PassUntilAsync(Task.WhenAll(probe, waiting), TimeSpan.FromSeconds(1));

        Assert.Equal((503, "journal_unavailable", "5"), (refusal?.Status, refusal?.Code, refusal?.Headers["Retry-After"]));
        journal.RequireOpen();
    }

    [Fact]
    public async Task Append_ManyWhileOneIsWritten_AreWrittenAtOnce()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var faults = new StorageFaults();
        var journal = bed.Journal(faults);
        using var held = faults.Hold(r => r.Appends);
        var first = journal.AppendAsync(bed.Event(), null);
        await held.Reached;

        var others = Enumerable.Range(0, 1999).Select(_ => journal.AppendAsync(bed.Event(), null)).ToList();
        held.Release();
        await Task.WhenAll([first, .. others]);

        // The first alone, and all that came while it was written.
        Assert.Equal((2000, 2), (journal.Events, journal.Appends));
        Assert.Equal(2000, (await bed.IdsAsync()).Distinct().Count());
    }

    [Fact]
    public async Task Append_WhileOthersAreExpected_WaitsForMostOfThem()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var time = new WatchedTime();
        var faults = new StorageFaults();
        var journal = bed.Journal(faults, time: time);
        await CrowdAsync(journal, bed, faults, time);
        var before = journal.Appends;
        var calls = Enumerable.Range(0, 4).Select(_ => journal.Expect()).ToList();
        var waits = time.WaitAsync(wait => wait == bed.Options.CommitDelay);

        var first = journal.AppendAsync(bed.Event(), null);
        var second = journal.AppendAsync(bed.Event(), null);
        await waits;
        Assert.False(first.IsCompleted);

        // The fourth call ends without an event, the third goes on: two of three are not enough (WaitingEventsTests), two of two are.
        calls[3].Dispose();
        Assert.False(first.IsCompleted);
        calls[2].Dispose();
        await time.PassUntilAsync(Task.WhenAll(first, second), TimeSpan.FromMilliseconds(1));
        Assert.Equal((before + 1, 2), (journal.Appends, journal.LastBatch));
    }

    [Fact]
    public async Task Append_OneAtATimeBesideALongCall_DoesNotWait()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        // A clock on which no time passes.
        var journal = bed.Journal(time: new WatchedTime());
        using var isLong = journal.Expect();
        for (var i = 0; i < 3; i++)
        {
            using var call = journal.Expect();
            await journal.AppendAsync(bed.Event(), null).WaitAsync(ProcessOutput.Patience);
        }

        Assert.Equal(3, journal.Appends);
    }

    [Fact]
    public async Task Append_WhoseOutcomeIsUnknown_IsWrittenOnce()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var faults = new StorageFaults
        {
            Decide = r => r switch
            {
                { IsWrite: false } => Fault.None,
                { Write: var write } => (write % 3) switch { 0 => Fault.AfterSending, 1 => Fault.BeforeSending, _ => Fault.None },
            },
        };
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
        var time = new WatchedTime();
        var faults = new StorageFaults();
        var journal = bed.Journal(faults, time: time);
        await journal.AppendAsync(bed.Event(), null);

        faults.Decide = r => r.IsWrite ? Fault.BeforeSending : Fault.None;
        var pauses = time.WaitAsync(wait => wait < TimeSpan.FromSeconds(1));
        var sent = bed.Event();
        var inFlight = journal.AppendAsync(sent, null);
        await pauses;
        var waiting = journal.AppendAsync(bed.Event(), null);
        await time.PassUntilAsync(waiting, TimeSpan.FromSeconds(2));
        var refused = await Assert.ThrowsAsync<RefusedException>(() => waiting);
        Assert.Equal((503, "journal_unavailable"), (refused.Status, refused.Code));
        Assert.False(inFlight.IsCompleted);

        faults.Decide = _ => Fault.None;
        await time.PassUntilAsync(inFlight, TimeSpan.FromSeconds(2));
        await inFlight;
        Assert.Equal(["e1", sent.Id], await bed.IdsAsync());
    }

    [Fact]
    public async Task Open_WhileStorageIsDown_FailsAndSucceedsLater()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var time = new WatchedTime();
        var faults = StorageFaults.OfEveryWrite(Fault.AfterSending);
        var journal = bed.Journal(faults, time: time);

        Task[] failing = [journal.AppendAsync(bed.Event(), null), journal.PositionAsync(default).AsTask()];
        await time.PassUntilAsync(Task.WhenAll(failing), TimeSpan.FromSeconds(2));
        await Assert.ThrowsAsync<RefusedException>(() => failing[0]);
        await Assert.ThrowsAsync<RefusedException>(() => failing[1]);

        faults.Decide = _ => Fault.None;
        var later = journal.AppendAsync(bed.Event(), null);
        await time.PassUntilAsync(later, TimeSpan.FromSeconds(2));
        await later;
        Assert.Equal(["e2"], await bed.IdsAsync());
    }

    [Fact]
    public async Task Append_MoreThanTheQueueHolds_IsRefused()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var faults = new StorageFaults();
        var journal = bed.Journal(faults, new() { Waiting = 2 });
        using var held = faults.Hold(r => r.Appends);
        var written = journal.AppendAsync(bed.Event(), null);
        await held.Reached;
        var first = journal.AppendAsync(bed.Event(), null);
        var second = journal.AppendAsync(bed.Event(), null);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => journal.AppendAsync(bed.Event(), null));

        Assert.Equal("journal_full", refused.Code);
        held.Release();
        await Task.WhenAll(written, first, second);
        Assert.Equal(["e1", "e2", "e3"], await bed.IdsAsync());
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
        Assert.Equal(
            ["e1", "e2", "e3", "e4", "e5", "e6", "e7"], await bed.Fence().CloseAsync(start, default).Select(e => e.Id).ToListAsync());
    }

    [Fact]
    public async Task Open_InAnHourThatReadersHaveLeft_BeginsInTheOneThatIsOpen()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        await bed.Hours().MoveAsync("2026/03/01/12", default);
        var journal = bed.Journal();

        await journal.AppendAsync(bed.Event(), null);

        Assert.StartsWith("2026/03/01/12/", (await journal.PositionAsync(default)).Blob, StringComparison.Ordinal);
    }

    /// <summary>Has events written together, as when calls are many.</summary>
    private static async Task CrowdAsync(UsageJournal journal, JournalBed bed, StorageFaults faults, WatchedTime time)
    {
        using var held = faults.Hold(r => r.Appends);
        var first = journal.AppendAsync(bed.Event(), null);
        await held.Reached;
        Task[] others = [journal.AppendAsync(bed.Event(), null), journal.AppendAsync(bed.Event(), null)];
        held.Release();
        await time.PassUntilAsync(Task.WhenAll([first, .. others]), TimeSpan.FromMilliseconds(1));
        Assert.Equal(2, journal.LastBatch);
    }

    private static RefusedException? Catch(Action act)
    {
        try
        {
            act();
            return null;
        }
        catch (RefusedException e)
        {
            return e;
        }
    }
}
