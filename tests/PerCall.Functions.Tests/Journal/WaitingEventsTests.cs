using PerCall.Functions.Journal;
using Xunit;

namespace PerCall.Functions.Tests.Journal;

public sealed class WaitingEventsTests
{
    private static readonly TimeSpan Most = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(1);

    private readonly WatchedTime _time = new();

    [Theory]
    [InlineData(2, 4, true)]
    [InlineData(2, 3, true)]
    [InlineData(2, 2, false)]
    [InlineData(3, 4, false)]
    [InlineData(5, 7, true)]
    [InlineData(6, 8, false)]
    [InlineData(4, 0, false)]
    public async Task MostExpected_EventsOfRunningCalls_WaitsForThreeOfFour(int events, int running, bool waits)
    {
        var waiting = Waiting(events);
        var calls = Enumerable.Range(0, running).Select(_ => waiting.Expect()).ToList();
        var wait = _time.WaitAsync(length => length == Most);

        var ready = waiting.MostExpectedAsync(Most, lastBatch: 2);

        // It has begun to wait when it returns.
        Assert.Equal(waits, wait.IsCompleted);
        Assert.False(waits && ready.IsCompleted);
        calls.ForEach(c => c.Dispose());
        await _time.PassUntilAsync(ready, LookAgain);
        await ready;
    }

    [Fact]
    public async Task MostExpected_OneAtATime_DoesNotWait()
    {
        var waiting = Waiting(1);
        using var other = waiting.Expect();
        using var another = waiting.Expect();

        Assert.True(waiting.MostExpectedAsync(Most, lastBatch: 1).IsCompleted);

        var crowded = waiting.MostExpectedAsync(Most, lastBatch: 2);
        Assert.False(crowded.IsCompleted);
        await _time.PassUntilAsync(crowded, Most);
        await crowded;
    }

    private WaitingEvents Waiting(int events)
    {
        var waiting = new WaitingEvents(_time);
        for (var i = 0; i < events; i++)
        {
            Assert.True(waiting.TryAdd(new(null, null, 0), events));
        }

        return waiting;
    }
}
