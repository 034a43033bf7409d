using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using PerCall.Functions.Journal;
using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Journal;

/// <summary>The protocol by which calls with a key, predictions and batches are charged exactly once.</summary>
public sealed class ChargeIntentTests(AzuriteFixture azurite)
{
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The earliest time at which work is resolved.</summary>
    private DateTimeOffset Expired => _time.GetUtcNow();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Resolve_WhileTheInstanceMayBeAlive_IsNotYetAndLeavesTheJournalOpen(bool hasIntent)
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var (owner, other) = (Intents(bed), Intents(bed));
        var charge = bed.Event();
        var intent = await owner.PrepareAsync(charge.Id, Cancellation);

        var outcome = await other.ResolveAsync(hasIntent ? intent : null, _time.GetUtcNow() + TimeSpan.FromTicks(1), Cancellation);

        Assert.Equal(ChargeOutcome.NotYet, outcome);
        Assert.True(await owner.TryAppendAsync(intent, charge));
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(ChargeOutcome.Charged, await other.ResolveAsync(intent, Expired, Cancellation));
    }

    [Fact]
    public async Task Resolve_WithoutAnIntent_IsNotChargedAndLeavesTheJournalOpen()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var (owner, other) = (Intents(bed), Intents(bed));
        var charge = bed.Event();
        var intent = await owner.PrepareAsync(charge.Id, Cancellation);

        Assert.Equal(ChargeOutcome.NotCharged, await other.ResolveAsync(null, Expired, Cancellation));
        Assert.Equal(ChargeOutcome.NotCharged, await other.ResolveAsync(null, null, Cancellation));

        Assert.True(await owner.TryAppendAsync(intent, charge));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40_000)]
    public async Task Resolve_ChargeInAnotherInstancesJournal_IsCharged(int blocksPerBlob)
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var owner = Intents(bed, limits: new() { BlocksPerBlob = blocksPerBlob });
        var other = Intents(bed);
        var (before, charge, after) = (bed.Event(), bed.Event(), bed.Event());
        await AppendAsync(owner, before);
        var intent = await owner.PrepareAsync(charge.Id, Cancellation);
        // Written after the position was taken, so that with small blobs the charge is in a later blob.
        await AppendAsync(owner, after);
        Assert.True(await owner.TryAppendAsync(intent, charge));

        Assert.Equal(ChargeOutcome.Charged, await other.ResolveAsync(intent, Expired, Cancellation));
        // Again, and without a time; the journal is closed by now.
        Assert.Equal(ChargeOutcome.Charged, await Intents(bed).ResolveAsync(intent, null, Cancellation));
        Assert.Equal([before.Id, after.Id, charge.Id], await bed.IdsAsync());
    }

    [Fact]
    public async Task Resolve_ChargeThatWasNotAppended_IsNotChargedAndStaysSo()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var (slow, heir) = (Intents(bed), Intents(bed));
        var charge = bed.Event();
        await AppendAsync(slow, bed.Event());
        var intent = await slow.PrepareAsync(charge.Id, Cancellation);
        await AppendAsync(slow, bed.Event());

        Assert.Equal(ChargeOutcome.NotCharged, await heir.ResolveAsync(intent, Expired, Cancellation));

        // The instance was only slow.
        Assert.False(await slow.TryAppendAsync(intent, charge));
        Assert.DoesNotContain(charge.Id, await bed.IdsAsync());
        // The next run charges in another journal. The first intent does not find that charge.
        await AppendAsync(heir, charge);
        Assert.Equal(ChargeOutcome.NotCharged, await slow.ResolveAsync(intent, Expired, Cancellation));
        Assert.Single(await bed.IdsAsync(), charge.Id);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Resolve_WhileTheAppendRuns_AgreesWithIt(bool isSent)
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var faults = new StorageFaults();
        var (owner, other) = (Intents(bed, faults), Intents(bed));
        var charge = bed.Event();
        var intent = await owner.PrepareAsync(charge.Id, Cancellation);
        // Held: the append itself, or the look at its position after its response was lost.
        using var held = faults.Hold(r => isSent ? !r.IsWrite : r.Appends);
        faults.Decide = r => isSent && r.Appends ? Fault.AfterSending : Fault.None;
        var append = owner.TryAppendAsync(intent, charge);
        await held.Reached;

        var outcome = await other.ResolveAsync(intent, Expired, Cancellation);
        held.Release();

        Assert.Equal(isSent ? ChargeOutcome.Charged : ChargeOutcome.NotCharged, outcome);
        Assert.Equal(isSent, await append);
        Assert.Equal(isSent ? 1 : 0, (await bed.IdsAsync()).Count);
    }

    [Fact]
    public async Task TryAppend_ToAFencedJournal_WritesNothingAndTheNextIntentDoes()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var intents = Intents(bed);
        var charge = bed.Event();
        var first = await intents.PrepareAsync(charge.Id, Cancellation);
        await bed.Fence().SealAsync(first.Position.Blob, Cancellation);

        Assert.False(await intents.TryAppendAsync(first, charge));
        var second = await intents.PrepareAsync(charge.Id, Cancellation);
        Assert.True(await intents.TryAppendAsync(second, charge));

        Assert.NotEqual(first.Generation, second.Generation);
        Assert.Equal([charge.Id], await bed.IdsAsync());
        Assert.Equal(ChargeOutcome.NotCharged, await intents.ResolveAsync(first, Expired, Cancellation));
        Assert.Equal(ChargeOutcome.Charged, await intents.ResolveAsync(second, Expired, Cancellation));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Resolve_JournalThatItsWriterHasClosed_SaysWhetherItWasCharged(bool isAppended)
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var journal = bed.Journal();
        var intents = new ChargeIntents(journal, bed.Fence(), _time);
        var charge = bed.Event();
        var intent = await intents.PrepareAsync(charge.Id, Cancellation);
        if (isAppended)
        {
            Assert.True(await intents.TryAppendAsync(intent, charge));
        }

        await journal.DrainAsync(Cancellation);

        Assert.Equal(
            isAppended ? ChargeOutcome.Charged : ChargeOutcome.NotCharged,
            await Intents(bed).ResolveAsync(intent, Expired, Cancellation));
        // What comes after the end goes to a new generation, where this charge must not be.
        Assert.False(await intents.TryAppendAsync(intent, charge));
        Assert.Equal(isAppended ? 1 : 0, (await bed.IdsAsync()).Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Resolve_ChargeThatStorageHasLost_IsNotChargedAndCanBeAppendedAgain(int eventsLeft)
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var (owner, other) = (Intents(bed), Intents(bed));
        var charge = bed.Event();
        int[] lengths = [0, await AppendAsync(owner, bed.Event()), await AppendAsync(owner, bed.Event())];
        var intent = await owner.PrepareAsync(charge.Id, Cancellation);
        Assert.Equal(lengths[2], intent.Position.Offset);
        Assert.True(await owner.TryAppendAsync(intent, charge));
        await bed.LoseAsync(intent.Position.Blob, lengths[eventsLeft]);

        Assert.Equal(ChargeOutcome.NotCharged, await other.ResolveAsync(intent, Expired, Cancellation));

        Assert.False(await owner.TryAppendAsync(intent, charge));
        await AppendAsync(owner, charge);
        Assert.Equal(eventsLeft + 1, (await bed.IdsAsync()).Count);
        Assert.Single(await bed.IdsAsync(), charge.Id);
    }

    [Fact]
    public async Task Resolve_JournalThatCannotBeRead_DecidesNothing()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var (owner, other) = (Intents(bed), Intents(bed));
        var charge = bed.Event();
        await AppendAsync(owner, bed.Event());
        var intent = await owner.PrepareAsync(charge.Id, Cancellation);
        Assert.True(await owner.TryAppendAsync(intent, charge));
        await bed.LoseAsync(intent.Position.Blob, (int)intent.Position.Offset);
        await bed.Container().Blob(intent.Position.Blob).AppendBlockAsync(
            new MemoryStream([.. "\0\0\0\n"u8]), cancellationToken: Cancellation);

        await Assert.ThrowsAsync<JsonException>(() => other.ResolveAsync(intent, Expired, Cancellation));
    }

    [Fact]
    public async Task Prepare_WhileTheJournalIsOpen_NeedsNoStorage()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var faults = new StorageFaults();
        var intents = Intents(bed, faults);
        var first = await intents.PrepareAsync("e1", Cancellation);
        var requests = faults.Requests;

        var second = await intents.PrepareAsync("e2", Cancellation);

        Assert.Equal(requests, faults.Requests);
        Assert.Equal(first.Position, second.Position);
    }

    /// <summary>The intents of a new instance.</summary>
    private ChargeIntents Intents(JournalBed bed, StorageFaults? faults = null, JournalLimits? limits = null) =>
        new(bed.Journal(faults, limits), bed.Fence(), _time);

    /// <summary>Prepares and appends an event.</summary>
    /// <returns>The length of the journal's blob after it.</returns>
    private static async Task<int> AppendAsync(ChargeIntents intents, UsageEvent usage)
    {
        Assert.True(await intents.TryAppendAsync(await intents.PrepareAsync(usage.Id, Cancellation), usage));
        return (int)(await intents.PrepareAsync(usage.Id, Cancellation)).Position.Offset;
    }
}
