using Microsoft.Extensions.Options;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Quotes;
using PerCall.Functions.Requests;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Quotes;

public sealed class QuoteTurnsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Enter_SecondQuoteOfAnAccount_IsRefusedUntilTheFirstEnds()
    {
        using var turns = Create(atOnce: 2);
        var first = turns.Enter("a");

        Assert.Equal((429, "too_many_quotes"), Refused(turns, "a"));
        turns.Enter("b").Dispose();
        first.Dispose();
        turns.Enter("a").Dispose();
    }

    [Fact]
    public void Enter_MoreThanTheInstanceTakes_IsRefusedAndDoesNotBlockTheAccount()
    {
        using var turns = Create(atOnce: 2);
        using var first = turns.Enter("a");
        var second = turns.Enter("b");

        // Twice: a refused account keeps no turn of its own.
        Assert.Equal((503, "quotes_busy"), Refused(turns, "c"));
        Assert.Equal((503, "quotes_busy"), Refused(turns, "c"));
        second.Dispose();
        turns.Enter("c").Dispose();
    }

    [Fact]
    public async Task EnterOrder_InstanceIsFull_WaitsInOrder()
    {
        using var turns = Create(atOnce: 1);
        var quote = turns.Enter("a");
        var first = turns.EnterOrderAsync(Cancellation);
        var second = turns.EnterOrderAsync(Cancellation);

        Assert.Equal((false, false), (first.IsCompleted, second.IsCompleted));
        quote.Dispose();
        var turn = await first;
        Assert.NotNull(turn);
        Assert.False(second.IsCompleted);
        turn.Dispose();
        Assert.NotNull(await second);
    }

    [Fact]
    public async Task EnterOrder_SixtyFourWait_TakesNoTurn()
    {
        using var turns = Create(atOnce: 1);
        var quote = turns.Enter("a");
        var waiting = Enumerable.Range(0, 64).Select(_ => turns.EnterOrderAsync(Cancellation)).ToList();

        Assert.Null(await turns.EnterOrderAsync(Cancellation));
        Assert.DoesNotContain(waiting, w => w.IsCompleted);
        quote.Dispose();
        foreach (var order in waiting)
        {
            (await order)!.Dispose();
        }
    }

    [Fact]
    public async Task EnterOrder_CallerGoesAway_LeavesItsPlace()
    {
        using var turns = Create(atOnce: 1);
        var quote = turns.Enter("a");
        using var gone = new CancellationTokenSource();
        var first = turns.EnterOrderAsync(gone.Token);
        var second = turns.EnterOrderAsync(Cancellation);

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        quote.Dispose();
        Assert.NotNull(await second);
    }

    private static QuoteTurns Create(int atOnce) => new(Options.Create(new BatchOptions { QuotesAtOnce = atOnce }));

    private static (int Status, string Code) Refused(QuoteTurns turns, string account)
    {
        var refused = Assert.Throws<RefusedException>(() => turns.Enter(account));
        Assert.Equal("2", refused.Headers["Retry-After"]);
        return (refused.Status, refused.Code);
    }
}
