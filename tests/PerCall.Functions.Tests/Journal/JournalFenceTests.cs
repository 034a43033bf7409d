using PerCall.Functions.Journal;
using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Journal;

public sealed class JournalFenceTests(AzuriteFixture azurite)
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Close_BehindWhatStorageHasLost_EndsTheJournalWhereItEnds(int left)
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var journal = bed.Journal();
        var first = bed.Event();
        await journal.AppendAsync(first, null);
        var kept = await journal.PositionAsync(default);
        await journal.AppendAsync(bed.Event(), null);
        var position = await journal.PositionAsync(default);
        await bed.LoseAsync(position.Blob, left * (int)kept.Offset);

        Assert.Empty(await bed.Fence().CloseAsync(position, default).ToListAsync());
        // Again, now that it is closed; and by whoever begins earlier.
        Assert.False(await bed.Fence().HoldsAsync(position, first.Id, default));
        Assert.Equal(left, await bed.Fence().CloseAsync(position with { Offset = 0 }, default).CountAsync());
        Assert.Single((await bed.ReadAllAsync()).Single().Lines, l => l.IsMark);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Close_AgainstALiveWriter_SplitsWhatIsWrittenFromWhatIsRefused(int seed)
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var random = new Random(seed);
        var journal = bed.Journal(limits: new() { BlocksPerBlob = 3 });
        HashSet<string> written = [], refused = [], closed = [];
        for (var round = 0; round < 6; round++)
        {
            var position = await journal.PositionAsync(default);
            var stop = false;
            var enough = random.Next(0, 40);
            var count = 0;
            var writers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                while (!Volatile.Read(ref stop))
                {
                    var one = bed.Event();
                    try
                    {
                        await journal.AppendAsync(one, position.Generation);
                        lock (written)
                        {
                            written.Add(one.Id);
                        }

                        Interlocked.Increment(ref count);
                    }
                    catch (JournalFencedException)
                    {
                        lock (written)
                        {
                            refused.Add(one.Id);
                        }

                        return;
                    }
                }
            })).ToList();
            await Eventually.HoldsAsync(() => Task.FromResult(Volatile.Read(ref count) >= enough), "the writers write");

            await foreach (var one in bed.Fence().CloseAsync(position, default))
            {
                closed.Add(one.Id);
            }

            await Task.WhenAll(writers);
            Volatile.Write(ref stop, true);
        }

        Assert.Equal(written.Order(), closed.Order());
        Assert.Equal(24, refused.Count);
        Assert.Empty(refused.Intersect(await bed.IdsAsync()));
    }

    [Theory]
    [InlineData(3, Fault.BeforeSending)]
    [InlineData(3, Fault.AfterSending)]
    [InlineData(4, Fault.BeforeSending)]
    [InlineData(4, Fault.AfterSending)]
    [InlineData(5, Fault.BeforeSending)]
    public async Task Close_AtEachPointOfAChangeOfBlobs_EndsTheChainForItsWriter(int write, Fault fault)
    {
        // Writes: 1 creates the first blob, 2 appends an event, 3 appends the close, 4 creates the next blob, 5 appends an event there.
        await using var bed = await JournalBed.CreateAsync(azurite);
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var broken = true;
        var faults = new StorageFaults();
        faults.Decide = r =>
        {
            var hit = Volatile.Read(ref broken) && r.Write >= write;
            if (r.Write > write)
            {
                // The write itself has been done or not; only now is the writer held.
                reached.TrySetResult();
            }

            return !hit ? Fault.None : r.Write == write ? fault : Fault.BeforeSending;
        };
        var journal = bed.Journal(faults, new() { BlocksPerBlob = 1, LongestPause = TimeSpan.FromMilliseconds(20) });
        var position = await journal.PositionAsync(default);
        await journal.AppendAsync(bed.Event(), position.Generation);
        var second = journal.AppendAsync(bed.Event(), position.Generation);
        await reached.Task;

        var closed = await bed.Fence().CloseAsync(position, default).Select(e => e.Id).ToListAsync();
        Volatile.Write(ref broken, false);

        await Assert.ThrowsAsync<JournalFencedException>(() => second);
        await journal.AppendAsync(bed.Event(), null);
        Assert.Equal(["e1"], closed);
        Assert.Equal(["e1", "e3"], (await bed.IdsAsync()).Order());
        Assert.Equal(closed, await bed.Fence().CloseAsync(position, default).Select(e => e.Id).ToListAsync());
    }

    [Fact]
    public async Task Close_Again_ReturnsTheSame()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var journal = bed.Journal();
        var position = await journal.PositionAsync(default);
        await journal.AppendAsync(bed.Event(), null);

        var first = await bed.Fence().CloseAsync(position, default).ToListAsync();
        var second = await bed.Fence().CloseAsync(position, default).ToListAsync();

        Assert.Single(first);
        Assert.Equal(first, second);
        Assert.Equal(2, Assert.Single(await bed.ReadAllAsync()).Lines.Count);
    }
}
