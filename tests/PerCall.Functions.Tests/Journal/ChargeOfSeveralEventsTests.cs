using PerCall.Functions.Journal;
using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Journal;

/// <summary>Charges of several events, which are in the journal completely or not at all.</summary>
public sealed class ChargeOfSeveralEventsTests(AzuriteFixture azurite)
{
    private const int Events = 3;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Append_MoreThanFitsIntoAnAppend_SplitsBetweenChargesOnly()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var line = JournalLine.From(bed.Event(), new string('g', 32)).ToBytes().Length;
        var faults = new StorageFaults();
        // Four events fit into an append, so the second charge of three does not.
        var journal = bed.Journal(faults, new() { BytesPerAppend = 4 * (line + 40) });
        await journal.AppendAsync(bed.Event(), null);
        using var held = faults.Hold(r => r.Appends);
        var first = journal.AppendAsync(bed.Event(), null);
        await held.Reached;
        var charges = Enumerable.Range(0, 8).Select(_ => ChargeOf(bed)).ToList();
        var appends = charges.Select(c => journal.AppendAsync(c, null)).ToList();
        held.Release();
        await Task.WhenAll([first, .. appends]);

        Assert.Equal((2 + 8, 2 + (8 * Events)), (journal.Appends, journal.Events));
        Assert.Equal(charges.SelectMany(c => c.All).Select(e => e.Id), (await bed.IdsAsync()).Skip(2));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Append_OneEventThatIsTooLong_WritesNoneAndHoldsNothingUp(int which)
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var journal = bed.Journal();
        var events = ChargeOf(bed).All.ToList();
        events[which] = events[which] with { Model = new string('m', 70_000) };

        var refused = journal.AppendAsync(new UsageEvents(events[0], events[1..]), null);
        var next = bed.Event();
        await journal.AppendAsync(next, null);

        await Assert.ThrowsAsync<ArgumentException>(() => refused);
        Assert.Equal([next.Id], await bed.IdsAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Append_KilledAtAnyAppend_LeavesWholeCharges(bool isSent)
    {
        for (var write = 2; write < 6; write++)
        {
            await using var bed = await JournalBed.CreateAsync(azurite);
            var faults = new StorageFaults();
            faults.DieAt(write, isSent);
            var journal = bed.Journal(faults);
            await faults.KillsAsync(async () =>
            {
                for (var i = 0; i < 6; i++)
                {
                    await journal.AppendAsync(ChargeOf(bed), null);
                }
            });

            var ids = await bed.IdsAsync();

            Assert.Equal((write - (isSent ? 1 : 2)) * Events, ids.Count);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Close_AgainstALiveWriter_SplitsBetweenChargesOnly(int seed)
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var random = new Random(seed);
        var journal = bed.Journal(limits: new() { BlocksPerBlob = 3 });
        List<UsageEvents> written = [], refused = [];
        for (var round = 0; round < 5; round++)
        {
            var position = await journal.PositionAsync(Cancellation);
            var enough = random.Next(0, 30);
            var count = 0;
            var writers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                while (true)
                {
                    var charge = ChargeOf(bed);
                    try
                    {
                        await journal.AppendAsync(charge, position.Generation);
                        Interlocked.Increment(ref count);
                        Add(written, charge);
                    }
                    catch (JournalFencedException)
                    {
                        Add(refused, charge);
                        return;
                    }
                }
            })).ToList();
            await Eventually.HoldsAsync(() => Task.FromResult(Volatile.Read(ref count) >= enough), "the writers write");
            Assert.Equal(0, await bed.Fence().CloseAsync(position, Cancellation).CountAsync(Cancellation) % Events);
            await Task.WhenAll(writers);
        }

        Assert.Equal(written.SelectMany(c => c.All).Select(e => e.Id).Order(), (await bed.IdsAsync()).Order());
        Assert.Equal(5 * 4, refused.Count);
    }

    [Fact]
    public async Task Append_ToAFencedJournalInAnyGeneration_GoesToTheNextAsAWhole()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var journal = bed.Journal();
        var first = await journal.PositionAsync(Cancellation);
        await bed.Fence().SealAsync(first.Blob, Cancellation);
        var charge = ChargeOf(bed);

        await journal.AppendAsync(charge, null);

        Assert.Equal(charge.All.Select(e => e.Id), await bed.IdsAsync());
        Assert.NotEqual(first.Generation, (await journal.PositionAsync(Cancellation)).Generation);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Resolve_IntentOfSeveralEvents_GoesByTheFirst(bool isAppended)
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var (owner, other) = (new ChargeIntents(bed.Journal(), bed.Fence(), bed.Time), new ChargeIntents(bed.Journal(), bed.Fence(), bed.Time));
        var charge = ChargeOf(bed);
        var intent = await owner.PrepareAsync(charge.Id, Cancellation);
        if (isAppended)
        {
            Assert.True(await owner.TryAppendAsync(intent, charge));
        }

        Assert.Equal(
            isAppended ? ChargeOutcome.Charged : ChargeOutcome.NotCharged, await other.ResolveAsync(intent, null, Cancellation));
        Assert.False(await owner.TryAppendAsync(intent, ChargeOf(bed)));
        Assert.Equal(isAppended ? Events : 0, (await bed.IdsAsync()).Count);
    }

    private static UsageEvents ChargeOf(JournalBed bed)
    {
        var first = bed.Event();
        return new(first, [.. Enumerable.Range(2, Events - 1).Select(i => first with { Id = $"{first.Id}-{i}", Of = first.Id })]);
    }

    private static void Add(List<UsageEvents> list, UsageEvents charge)
    {
        lock (list)
        {
            list.Add(charge);
        }
    }
}
