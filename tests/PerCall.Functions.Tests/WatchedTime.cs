using Microsoft.Extensions.Time.Testing;
using PerCall.Testing;

namespace PerCall.Functions.Tests;

/// <summary>A fake clock that tells the test when somebody begins to wait for it, and when it is read.</summary>
internal sealed class WatchedTime(DateTimeOffset start) : FakeTimeProvider(start)
{
    private readonly Lock _lock = new();
    private readonly List<(Func<TimeSpan, bool> Which, TaskCompletionSource<TimeSpan> Begun)> _watched = [];

    public WatchedTime()
        : this(new(2026, 11, 10, 12, 0, 0, TimeSpan.Zero))
    {
    }

    /// <summary>Called each time the elapsed time is read.</summary>
    public Action? Read { get; set; }

    /// <summary>The next wait of that length that begins from now on; its length.</summary>
    public Task<TimeSpan> WaitAsync(Func<TimeSpan, bool> which)
    {
        var begun = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _watched.Add((which, begun));
        }

        return begun.Task;
    }

    /// <summary>Has the clock go on, step by step, until something is done that waits for it.</summary>
    public async Task PassUntilAsync(Task done, TimeSpan step)
    {
        await Eventually.HoldsAsync(
            () =>
            {
                Advance(step);
                return Task.FromResult(done.IsCompleted);
            },
            "it is done when its time has passed");
    }

    public override long GetTimestamp()
    {
        var timestamp = base.GetTimestamp();
        Read?.Invoke();
        return timestamp;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        lock (_lock)
        {
            _watched.ForEach(w => (w.Which(dueTime) ? w.Begun : null)?.TrySetResult(dueTime));
        }

        return timer;
    }
}
