using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using PerCall.Testing;

namespace PerCall.Hosting.Tests;

/// <summary>A clock that its test moves, and that tells for how long the code under test waits.</summary>
internal sealed class WatchedTime(DateTimeOffset start) : FakeTimeProvider(start)
{
    private readonly Channel<TimeSpan> _waits = Channel.CreateUnbounded<TimeSpan>();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        _waits.Writer.TryWrite(dueTime);
        return timer;
    }

    /// <summary>Returns when the next wait has begun: from then on the clock can be moved past it.</summary>
    public Task<TimeSpan> NextWaitAsync() => _waits.Reader.ReadAsync().AsTask().WaitAsync(ProcessOutput.Patience, System);
}
