using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Options;
using PerCall.Functions.Idempotency;
using PerCall.Functions.Journal;
using PerCall.Functions.Requests;
using PerCall.Functions.Tests.Journal;
using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Idempotency;

/// <summary>Calls with an Idempotency-Key whose instance dies between any two writes.</summary>
public sealed class IdempotentCallsTests(AzuriteFixture azurite)
{
    private const string Key = "key";
    private const string Request = "fingerprint";

    private readonly string _account = $"acc_{Guid.NewGuid():n}";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<int, bool, int> Deaths
    {
        get
        {
            var deaths = new TheoryData<int, bool, int>();
            foreach (var write in Enumerable.Range(1, 7))
            {
                deaths.Add(write, false, 20);
                deaths.Add(write, true, 20);
                deaths.Add(write, true, 100_000);
            }

            return deaths;
        }
    }

    [Theory]
    [MemberData(nameof(Deaths))]
    public async Task Begin_AfterADeathAtAnyWrite_EndsWithOneAnswerChargedOnce(int write, bool isSent, int bodyBytes)
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var faults = new StorageFaults();
        var doomed = Calls(bed, faults);
        faults.DieAt(write, isSent);
        byte[]? first = null;
        await faults.KillsAsync(async () => first = await RunAsync(doomed, bed, new byte[bodyBytes]));

        var heir = Calls(bed, null);
        bed.Time.Set(bed.Time.GetUtcNow().AddMinutes(2));
        var second = await RunAsync(heir, bed, [1, 2, 3]);
        var third = await RunAsync(heir, bed, [4, 5, 6]);

        Assert.Equal(second, third);
        Assert.Single(await bed.IdsAsync());
        Assert.True(first is null || first.SequenceEqual(second));
    }

    [Fact]
    public async Task Begin_WhoseCallerGoesWhileTheKeyIsTaken_CanGiveItBack()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var faults = new StorageFaults();
        var calls = Calls(bed, faults);
        using var caller = new CancellationTokenSource();
        using var held = faults.Hold(r => r.IsWrite);
        var begins = calls.Calls.BeginAsync(_account, Key, Request, caller.Token);
        await held.Reached;

        await caller.CancelAsync();
        held.Release();
        // Whoever runs it finds that nobody waits, and drops it.
        await (await begins).Running!.DropAsync();

        Assert.NotNull((await calls.Calls.BeginAsync(_account, Key, Request, Cancellation)).Running);
    }

    [Fact]
    public async Task Begin_ByTwoAfterALapse_LetsOneRun()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var (one, two) = (Calls(bed, null), Calls(bed, null));
        Assert.NotNull((await one.Calls.BeginAsync(_account, Key, Request, Cancellation)).Running);
        bed.Time.Set(bed.Time.GetUtcNow().AddMinutes(2));

        var begun = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            try
            {
                return (await (i % 2 == 0 ? one : two).Calls.BeginAsync(_account, Key, Request, Cancellation)).Running;
            }
            catch (RefusedException e) when (e.Code == "idempotency_in_flight")
            {
                return null;
            }
        }));

        Assert.Single(begun, b => b is not null);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Begin_RowAsItIsStored_IsResolvedByItsColumns(bool isCharged)
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var (owner, heir) = (Calls(bed, null), Calls(bed, null));
        await owner.Journal.AppendAsync(bed.Event(_account), null);
        var position = await owner.Journal.PositionAsync(Cancellation);
        var charge = bed.Event(_account);
        if (isCharged)
        {
            await owner.Journal.AppendAsync(charge, position.Generation);
        }

        // The columns of rows that are in storage when a new version starts.
        await new TableClient(azurite.ConnectionString, AnswerStore.Table).AddEntityAsync(
            new TableEntity(_account, IdempotencyKey.Hash(Key))
            {
                ["State"] = "Answered",
                ["Fingerprint"] = Request,
                ["Attempt"] = "attempt",
                ["Started"] = bed.Time.GetUtcNow().AddMinutes(-2),
                ["Expires"] = bed.Time.GetUtcNow().AddHours(1),
                ["Charge"] = charge.Id,
                ["Cost"] = charge.Charge,
                ["Units"] = charge.Units,
                ["JournalGeneration"] = position.Generation,
                ["JournalBlob"] = position.Blob,
                ["JournalOffset"] = position.Offset,
                ["Body"] = new byte[] { 1 },
            },
            Cancellation);

        Assert.Equal(isCharged ? [1] : [2], await RunAsync(heir, bed, [2]));
        Assert.Equal(2, (await bed.IdsAsync()).Count);
        await Assert.ThrowsAsync<JournalFencedException>(() => owner.Journal.AppendAsync(bed.Event(_account), position.Generation));
    }

    [Fact]
    public async Task Keep_AfterARepetitionHasTakenOver_IsRefusedAndNotCharged()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var (slow, heir) = (Calls(bed, null), Calls(bed, null));
        var late = (await slow.Calls.BeginAsync(_account, Key, Request, Cancellation)).Running!;
        bed.Time.Set(bed.Time.GetUtcNow().AddMinutes(2));
        await RunAsync(heir, bed, [1]);

        await Assert.ThrowsAsync<RefusedException>(() => late.KeepAsync(bed.Event(_account), [2]));
        await late.DropAsync();

        Assert.Equal([1], await RunAsync(heir, bed, [3]));
        Assert.Single(await bed.IdsAsync());
    }

    [Fact]
    public async Task Begin_AfterADay_IsANewCall_AndTheSweepRemovesWhatIsOver()
    {
        await using var bed = await JournalBed.CreateAsync(azurite);
        var calls = Calls(bed, null);
        await RunAsync(calls, bed, new byte[100_000]);
        bed.Time.Set(bed.Time.GetUtcNow().AddHours(25));

        Assert.Equal([2], await RunAsync(calls, bed, [2]));
        Assert.Equal(2, (await bed.IdsAsync()).Count);

        bed.Time.Set(bed.Time.GetUtcNow().AddHours(25));
        await new AnswerSweep(calls.Store, bed.Time).RunAsync(Cancellation);
        Assert.Null(await calls.Store.FindAsync(_account, IdempotencyKey.Hash(Key), Cancellation));
    }

    /// <summary>The call as the service makes it: begin, keep, charge, confirm; or the answer of before.</summary>
    private async Task<byte[]> RunAsync(
        (IdempotentCalls Calls, AnswerStore Store, UsageJournal Journal) instance, JournalBed bed, byte[] body)
    {
        var begun = await instance.Calls.BeginAsync(_account, Key, Request, Cancellation);
        if (begun.Done is { } done)
        {
            return await instance.Store.BodyAsync(done, Cancellation);
        }

        var charge = bed.Event(_account);
        var intent = await begun.Running!.KeepAsync(charge, body);
        await instance.Journal.AppendAsync(charge, intent.Generation);
        await begun.Running.ConfirmAsync();
        return body;
    }

    private (IdempotentCalls Calls, AnswerStore Store, UsageJournal Journal) Calls(JournalBed bed, StorageFaults? faults)
    {
        var tableOptions = new TableClientOptions { Retry = { MaxRetries = 0 } };
        var blobOptions = new BlobClientOptions { Retry = { MaxRetries = 0 } };
        var tables = new TableServiceClient(azurite.ConnectionString, tableOptions.Through(faults));
        var blobs = new BlobServiceClient(azurite.ConnectionString, blobOptions.Through(faults));
        new TableServiceClient(azurite.ConnectionString).CreateTableIfNotExists(AnswerStore.Table, Cancellation);
        new BlobServiceClient(azurite.ConnectionString).GetBlobContainerClient(AnswerStore.Container).CreateIfNotExists(
            cancellationToken: Cancellation);
        var store = new AnswerStore(tables, new(blobs, blobs, [new(AnswerStore.Container, Kept: false)]));
        var journal = bed.Journal(faults);
        return (
            new IdempotentCalls(store, new(journal, bed.Fence(), bed.Time), new OptionsWrapper<IdempotencyOptions>(new()), bed.Time), store,
            journal);
    }
}
