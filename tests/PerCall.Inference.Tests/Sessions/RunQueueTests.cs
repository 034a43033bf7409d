using PerCall.Inference.Sessions;
using Xunit;

namespace PerCall.Inference.Tests.Sessions;

/// <summary>Who runs a model next, who runs together, and who is refused.</summary>
public sealed class RunQueueTests : IDisposable
{
    private readonly List<string> _served = [];
    private readonly List<Task> _calls = [];
    private RunQueue _queue = new("a/1", concurrency: 1, queue: 8);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Enter_SharesWithManyAndFewCalls_AreServedInRotation()
    {
        var running = await _queue.EnterAsync(Cancellation);
        foreach (var call in new[] { "many 1", "many 2", "many 3", "few 1", "one 1" })
        {
            _ = Call(call);
        }

        running.Dispose();
        await Task.WhenAll(_calls);

        Assert.Equal(["many 1", "few 1", "one 1", "many 2", "many 3"], _served);
    }

    [Fact]
    public async Task Enter_QueueFullOfOneShare_ItsNewestCallGivesWayToAnotherShare()
    {
        _queue = new("a/1", concurrency: 1, queue: 3);
        var running = await _queue.EnterAsync(Cancellation);
        _ = Call("many 1");
        _ = Call("many 2");
        var newest = Call("many 3");
        _ = Call("few 1");

        await Assert.ThrowsAsync<ModelBusyException>(() => newest);
        // Two of each are equal enough: nobody gives way.
        await Assert.ThrowsAsync<ModelBusyException>(() => Call("few 2"));
        _calls.RemoveAll(c => c.IsFaulted);
        running.Dispose();
        await Task.WhenAll(_calls);

        Assert.Equal(["many 1", "few 1", "many 2"], _served);
    }

    [Fact]
    public async Task Enter_RunsThatCanJoin_AreOneTurnOfAllShares()
    {
        var running = await _queue.EnterAsync(Cancellation);
        var first = _queue.EnterAsync(new Run(4, most: 3), Cancellation).AsTask();
        _ = Call("plain 1");
        var others = new[] { Join("b", 4), Join("b", 4), Join("c", 9), Join("c", 4) };

        running.Dispose();
        var turn = (await first)!;
        Assert.Equal([4, 4], turn.Joined.Cast<Run>().Select(r => r.Length));
        Assert.All(others, o => Assert.False(o.IsCompleted));
        turn.Dispose();

        // One of each share at a time: b's first and c's second have joined, which its length allows.
        Assert.Null(await others[0]);
        Assert.Null(await others[3]);
        using (var next = await others[1])
        {
            Assert.Empty(next!.Joined);
        }

        (await others[2])!.Dispose();
        await Task.WhenAll(_calls);
    }

    [Fact]
    public async Task Enter_MoreRunsThanCanJoin_JoinsTheClosestInLength()
    {
        var running = await _queue.EnterAsync(Cancellation);
        var first = _queue.EnterAsync(new Run(10, most: 3), Cancellation).AsTask();
        var others = new[] { Join("a", 12), Join("a", 9), Join("a", 10), Join("a", 11) };

        running.Dispose();
        var turn = (await first)!;
        Assert.Equal([10, 9], turn.Joined.Cast<Run>().Select(r => r.Length));
        turn.Dispose();

        Assert.Null(await others[1]);
        Assert.Null(await others[2]);
        using var last = await others[0];
        Assert.Equal([11], last!.Joined.Cast<Run>().Select(r => r.Length));
    }

    [Fact]
    public async Task Enter_CallerThatLeavesWhileItsRunHasJoined_IsEndedByTheRun()
    {
        using var impatient = new CancellationTokenSource();
        var running = await _queue.EnterAsync(Cancellation);
        var first = _queue.EnterAsync(new Run(4, most: 2), Cancellation).AsTask();
        var joined = _queue.EnterAsync(new Run(4, most: 2), impatient.Token).AsTask();
        running.Dispose();
        var turn = (await first)!;

        await impatient.CancelAsync();

        // Its input is being read by the run.
        Assert.False(joined.IsCompleted);
        turn.Dispose();
        Assert.Null(await joined);
    }

    public void Dispose() => _queue.Dispose();

    private Task Call(string name)
    {
        var call = ServeAsync(name);
        _calls.Add(call);
        return call;
    }

    private async Task ServeAsync(string name)
    {
        TurnShare.Current = name.Split(' ')[0];
        using var turn = await _queue.EnterAsync(Cancellation);
        _served.Add(name);
    }

    private async Task<Turn?> Join(string share, int length)
    {
        TurnShare.Current = share;
        return await _queue.EnterAsync(new Run(length, most: 3), Cancellation);
    }

    private sealed class Run(int length, int most) : JoinableRun
    {
        private int _rows = 1;

        public int Length => length;

        public override int? DifferenceOf(JoinableRun other) =>
            Math.Abs(((Run)other).Length - length) is <= 2 and var difference && _rows < most ? difference : null;

        public override void Admit(JoinableRun other) => _rows++;
    }
}
