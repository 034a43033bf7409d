using Microsoft.Extensions.Time.Testing;
using PerCall.Functions.Batches.Shards;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Calls;

public sealed class CallTurnTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly CallTurn _turn;

    public CallTurnTests() => _turn = new(_time, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(5));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, 0, 1)]
    [InlineData(null, 2, 4)]
    [InlineData(null, 100, 5)]
    [InlineData(3, 100, 3)]
    public async Task Wait_ShortTime_GoesOnAfterIt(int? retryAfter, int tries, int seconds)
    {
        var wait = WaitAsync(retryAfter, tries);

        _time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
        Assert.False(wait.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal((true, false, TimeSpan.Zero), (await wait, _turn.IsOver, _turn.Rest));
    }

    [Theory]
    [InlineData(6, 6)]
    [InlineData(3600, 60)]
    public async Task Wait_LongTime_EndsTheTurnAndRestsAtMostAMinute(int retryAfter, int rest)
    {
        Assert.False(await WaitAsync(retryAfter, 0));
        Assert.False(await WaitAsync(6, 0));

        Assert.Equal((true, TimeSpan.FromSeconds(rest)), (_turn.IsOver, _turn.Rest));
    }

    [Fact]
    public async Task Wait_TurnMayNotEnd_Waits()
    {
        var wait = _turn.WaitAsync(TimeSpan.FromSeconds(30), 0, mayEnd: false, Cancellation);

        _time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal((true, false), (await wait, _turn.IsOver));
    }

    [Fact]
    public async Task Wait_TurnIsOver_DoesNotWait()
    {
        _time.Advance(TimeSpan.FromSeconds(60));

        Assert.Equal((true, false, TimeSpan.Zero), (_turn.IsOver, await WaitAsync(1, 0), _turn.Rest));
    }

    private Task<bool> WaitAsync(int? retryAfter, int tries) => _turn.WaitAsync(
        retryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null, tries, mayEnd: true, Cancellation);
}
