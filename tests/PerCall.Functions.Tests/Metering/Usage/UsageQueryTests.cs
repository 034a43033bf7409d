using PerCall.Functions.Metering.Usage;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Metering.Usage;

public sealed class UsageQueryTests(AzuriteFixture azurite)
{
    private static readonly DateOnly First = new(2026, 3, 1);

    [Fact]
    public async Task Read_RightAfterACall_SeesIt()
    {
        await using var bed = await UsageBed.CreateAsync(azurite);
        var journal = bed.Journals.Journal();
        var query = new UsageQuery(bed.Table(), bed.Journals.Reader());
        for (var calls = 1; calls <= 4; calls++)
        {
            await journal.AppendAsync(bed.Journals.Event(), null);
            await journal.AppendAsync(bed.Journals.Event("another"), null);
            Assert.Equal(calls, await CallsAsync(query));
            if (calls % 2 == 0)
            {
                await bed.RollUp().RunAsync(default);
                Assert.Equal(calls, await CallsAsync(query));
            }
        }
    }

    [Fact]
    public async Task Read_WhileOthersCountAndWrite_IsOfOneTime()
    {
        await using var bed = await UsageBed.CreateAsync(azurite);
        var journal = bed.Journals.Journal();
        var query = new UsageQuery(bed.Table(), bed.Journals.Reader());
        var (begun, written, counted, stop) = (0, 0, 0, false);
        var writing = Task.Run(async () =>
        {
            while (!Volatile.Read(ref stop))
            {
                Interlocked.Increment(ref begun);
                await journal.AppendAsync(bed.Journals.Event(), null);
                Interlocked.Increment(ref written);
            }
        });
        var counting = Task.Run(async () =>
        {
            while (!Volatile.Read(ref stop))
            {
                // Two at once, and an hour passes with each of the first runs, so that all days stay in what is read.
                await Task.WhenAll(bed.RollUp().RunAsync(default), bed.RollUp().RunAsync(default));
                if (Interlocked.Increment(ref counted) < 1000)
                {
                    bed.Journals.Time.Set(bed.Journals.Time.GetUtcNow().AddMinutes(61));
                }
            }
        });

        // However the machine shares its time: until there was enough of each.
        for (var i = 0; i < 25 || Volatile.Read(ref counted) < 5 || Volatile.Read(ref written) < 10; i++)
        {
            var least = Volatile.Read(ref written);
            var calls = await CallsAsync(query);
            Assert.InRange(calls, least, Volatile.Read(ref begun));
            Assert.False(writing.IsCompleted || counting.IsCompleted);
        }

        Volatile.Write(ref stop, true);
        await Task.WhenAll(writing, counting);
        await bed.RollUp().RunAsync(default);
        Assert.Equal(written, await CallsAsync(query));
        Assert.NotEmpty(await bed.TableSumsAsync());
    }

    [Fact]
    public async Task Read_OfDays_LeavesOthersOut()
    {
        await using var bed = await UsageBed.CreateAsync(azurite);
        var journal = bed.Journals.Journal();
        foreach (var day in Enumerable.Range(-1, 4))
        {
            await journal.AppendAsync(
                bed.Journals.Event() with { Time = new DateTimeOffset(First.AddDays(day), TimeOnly.MaxValue, TimeSpan.Zero) }, null);
        }

        var query = new UsageQuery(bed.Table(), bed.Journals.Reader());
        Assert.Equal([First, First.AddDays(1)], await DaysAsync());
        await bed.RollUp().RunAsync(default);
        Assert.Equal([First, First.AddDays(1)], await DaysAsync());

        async Task<IEnumerable<DateOnly>> DaysAsync() =>
            (await query.ReadAsync("acc", First, First.AddDays(1), default)).Rows.Keys.Select(k => k.Day).Order();
    }

    private static async Task<long> CallsAsync(UsageQuery query) =>
        (await query.ReadAsync("acc", First, First.AddDays(100), default)).Rows.Values.Sum(r => r.Calls);
}
