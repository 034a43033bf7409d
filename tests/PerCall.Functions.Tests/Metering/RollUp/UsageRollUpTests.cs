using PerCall.Functions.Journal;
using PerCall.Functions.Metering.RollUp;
using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Metering.RollUp;

public sealed class UsageRollUpTests(AzuriteFixture azurite)
{
    private const string G1 = "0193f000000070008000000000000001";
    private const string G2 = "0193f000000070008000000000000002";

    private static readonly DateTimeOffset Now = new(2026, 3, 1, 10, 20, 0, TimeSpan.Zero);

    [Fact]
    public async Task Run_KilledAtEveryWrite_CountsEveryEventOnce()
    {
        var killed = true;
        for (var n = 1; killed; n++)
        {
            await using var bed = await UsageBed.CreateAsync(azurite);
            await FillAsync(bed);

            killed = await RunKilledAsync(bed, n, isSent: false);
            await RunKilledAsync(bed, n, isSent: true);
            await bed.RollUp().RunAsync(default);

            Assert.Equal(await bed.JournalSumsAsync(), await bed.TableSumsAsync());
            Assert.Equal("2026/03/01/10", await bed.Table().WatermarkAsync(default));
            Assert.True(n < 100);
        }
    }

    [Fact]
    public async Task Run_ManyAtOnceBesideAWriter_CountsEveryEventOnce()
    {
        await using var bed = await UsageBed.CreateAsync(azurite);
        await FillAsync(bed);
        var journal = bed.Journals.Journal(limits: new() { BlocksPerBlob = 5 });
        for (var round = 0; round < 5; round++)
        {
            var writing = Task.WhenAll(Enumerable.Range(0, 40).Select(i => journal.AppendAsync(bed.Journals.Event($"a{i % 3}"), null)));
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => bed.RollUp().RunAsync(default)));
            await writing;
            bed.Journals.Time.Set(bed.Journals.Time.GetUtcNow().AddMinutes(31));
        }

        await bed.RollUp().RunAsync(default);
        var sums = await bed.TableSumsAsync();
        Assert.Equal(await bed.JournalSumsAsync(), sums);
        Assert.Equal(200 + 14 - 2, sums.Values.Sum(s => s.Calls));
    }

    [Theory]
    [InlineData(99)]
    [InlineData(1)]
    public async Task Run_CallsOfSeveralEvents_CountsEachCallOnceAndItsUnits(int rowsPerTransaction)
    {
        await using var bed = await UsageBed.CreateAsync(azurite);
        UsageEvent Of(string unit, string id, string? of, long units, long charge, string? voids = null) =>
            bed.Journals.Event("a") with
            {
                Id = id,
                Of = of,
                Voids = voids,
                Units = units,
                Charge = charge,
                Price = new("openai", "*", unit, 2, 1),
            };
        await bed.WriteAsync(
            $"2026/03/01/10/{G1}-00000.jsonl",
            [
                Of("token_in", "c1", null, 10, 20), Of("token_out", "c1-2", "c1", 5, 10), Of("token_in", "c1-3", "c1", -4, -8),
                Of("token_out", "c2", null, 7, 14), Of("token_in", "c3", null, 1, 2), Of("token_out", "c3-2", "c3", 1, 2),
                Of("token_in", "c3-void", null, -1, -2, voids: "c3"), Of("token_out", "c3-2-void", "c3", -1, -2, voids: "c3-2"),
            ]);

        await bed.RollUp(rowsPerTransaction: rowsPerTransaction).RunAsync(default);

        var sums = await bed.TableSumsAsync();
        Assert.Equal(await bed.JournalSumsAsync(), sums);
        Assert.Equal(
            [("token_in", new UsageCounts(1, 6, 0, 12)), ("token_out", new UsageCounts(1, 12, 0, 24))],
            sums.Select(s => (s.Key.Item2.Unit, s.Value)).OrderBy(s => s.Unit, StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_AfterStorageHasLostWhatWasCounted_GoesOn(bool isOverwritten)
    {
        await using var bed = await UsageBed.CreateAsync(azurite);
        var journal = bed.Journals.Journal();
        await journal.AppendAsync(bed.Journals.Event("a"), null);
        var kept = await journal.PositionAsync(default);
        await journal.AppendAsync(bed.Journals.Event("a"), null);
        await bed.RollUp().RunAsync(default);
        await bed.Journals.LoseAsync(kept.Blob, (int)kept.Offset);
        if (isOverwritten)
        {
            // Of a length at which no line ends where one was read.
            await bed.Journals.Container().Blob(kept.Blob).AppendBlockAsync(
                new MemoryStream(JournalLine.From(bed.Journals.Event(new string('b', 900)), kept.Generation).ToBytes()));
        }

        await journal.AppendAsync(bed.Journals.Event("b"), null);
        await bed.RollUp().RunAsync(default);
        bed.Journals.Time.Set(bed.Journals.Time.GetUtcNow().AddHours(2));
        await bed.RollUp().RunAsync(default);

        var sums = await bed.TableSumsAsync();
        // What had been counted stays counted.
        Assert.Equal(2 + 1, sums.Values.Sum(s => s.Calls));
        Assert.Equal("2026/03/01/12", await bed.Table().WatermarkAsync(default));
    }

    [Fact]
    public async Task Run_WhenAnHourIsOver_ClosesWhatItsWriterHasNot()
    {
        await using var bed = await UsageBed.CreateAsync(azurite);
        var journal = bed.Journals.Journal();
        await journal.AppendAsync(bed.Journals.Event(), null);
        var position = await journal.PositionAsync(default);
        bed.Journals.Time.Set(Now.AddMinutes(49));
        await bed.RollUp().RunAsync(default);
        Assert.DoesNotContain((await bed.Journals.ReadAllAsync()).SelectMany(b => b.Lines), l => l.IsMark);

        bed.Journals.Time.Set(Now.AddMinutes(51));
        await bed.RollUp().RunAsync(default);

        // The writer has come an hour further by now, and finds its chain closed.
        await Assert.ThrowsAsync<JournalFencedException>(() => journal.AppendAsync(bed.Journals.Event(), position.Generation));
        Assert.Equal("2026/03/01/11", await bed.Table().WatermarkAsync(default));
        Assert.Empty(await bed.Table().ProgressAsync("", default));
    }

    [Fact]
    public async Task Run_WhenAChainsNextBlobWasNeverMade_MakesItClosed()
    {
        await using var bed = await UsageBed.CreateAsync(azurite);
        var same = $"2026/03/01/09/{G1}-00001.jsonl";
        var later = $"2026/03/01/10/{G2}-00001.jsonl";
        await bed.WriteAsync($"2026/03/01/09/{G1}-00000.jsonl", [bed.Journals.Event()], new() { Close = new(same) });
        await bed.WriteAsync($"2026/03/01/09/{G2}-00000.jsonl", [bed.Journals.Event()], new() { Close = new(later) });

        await bed.RollUp().RunAsync(default);

        var blobs = (await bed.Journals.ReadAllAsync()).ToDictionary(b => b.Blob, b => b.Lines);
        Assert.NotNull(Assert.Single(blobs[same]).Fence);
        Assert.NotNull(Assert.Single(blobs[later]).Fence);
        Assert.Equal("2026/03/01/10", await bed.Table().WatermarkAsync(default));
    }

    [Fact]
    public async Task Run_WithNothingNew_WritesNothing()
    {
        await using var bed = await UsageBed.CreateAsync(azurite);
        await FillAsync(bed);
        await bed.RollUp().RunAsync(default);
        var faults = new StorageFaults();

        await bed.RollUp(faults, rowsPerTransaction: 2).RunAsync(default);

        Assert.Equal(0, faults.Writes);
    }

    [Fact]
    public async Task Run_AfterTheWatermark_RemovesCheckpointsThatNobodyNeeds()
    {
        await using var bed = await UsageBed.CreateAsync(azurite);
        await FillAsync(bed);
        await bed.RollUp().RunAsync(default);
        Assert.Contains(
            (await bed.Table().CheckpointsAsync("a0", default)).Keys, b => b.StartsWith("2026/03/01/09/", StringComparison.Ordinal));

        await bed.Journals.Journal().AppendAsync(bed.Journals.Event("a0"), null);
        await bed.RollUp().RunAsync(default);

        Assert.All(
            (await bed.Table().CheckpointsAsync("a0", default)).Keys, b =>
                Assert.StartsWith("2026/03/01/10/", b, StringComparison.Ordinal));
        Assert.Equal(await bed.JournalSumsAsync(), await bed.TableSumsAsync());
    }

    [Fact]
    public async Task Count_MoreRowsThanATransactionTakes_CountsAll()
    {
        await using var bed = await UsageBed.CreateAsync(azurite);
        await bed.WriteAsync(
            $"2026/03/01/10/{G1}-00000.jsonl", Enumerable.Range(0, 150).Select(i => bed.Journals.Event() with { Model = $"m{i % 120}" }));

        await bed.RollUp().RunAsync(default);

        Assert.Equal(120, (await bed.TableSumsAsync()).Count);
        Assert.Equal(await bed.JournalSumsAsync(), await bed.TableSumsAsync());
    }

    [Fact]
    public async Task Count_BehindTheWatermarkWithoutACheckpoint_CountsNothing()
    {
        await using var bed = await UsageBed.CreateAsync(azurite);
        await bed.Table().MoveWatermarkAsync("2026/03/01/10", default);

        await new AccountCounter(bed.Table()).CountAsync(
            "a0", $"2026/03/01/09/{G1}-00000.jsonl", [new(100, bed.Journals.Event("a0"))], default);

        Assert.Empty(await bed.TableSumsAsync());
    }

    /// <summary>14 events: of two accounts, in three blobs of two hours, one taken back and one of the day before.</summary>
    private static async Task FillAsync(UsageBed bed)
    {
        var events = Enumerable.Range(0, 14).Select(
            i => bed.Journals.Event($"a{i % 2}") with { Model = i % 2 == 0 ? "one" : $"m{i}" }).ToList();
        events[5] = events[5] with { Time = Now.AddDays(-1) };
        events[7] = events[4] with { Id = "void", Voids = events[4].Id, Units = -1, Charge = -events[4].Charge };
        var next = $"2026/03/01/10/{G1}-00001.jsonl";
        await bed.WriteAsync($"2026/03/01/09/{G1}-00000.jsonl", events[..8], new() { Close = new(next) });
        await bed.WriteAsync(next, events[8..10]);
        await bed.WriteAsync($"2026/03/01/09/{G2}-00000.jsonl", events[10..]);
    }

    private static Task<bool> RunKilledAsync(UsageBed bed, int write, bool isSent)
    {
        var faults = new StorageFaults();
        faults.DieAt(write, isSent);
        return faults.KillsAsync(() => bed.RollUp(faults, rowsPerTransaction: 2).RunAsync(default));
    }
}
