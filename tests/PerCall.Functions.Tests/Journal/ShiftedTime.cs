namespace PerCall.Functions.Tests.Journal;

/// <summary>
/// The system's clock, moved, and quicker or slower where a test wants it. It goes on by itself: a journal's loop and the steps of a batch
/// wait for it now and then (a millisecond while calls gather, pauses between tries and looks), in the middle of calls that a test awaits.
/// With a clock that only the test moves, those calls would not end.
/// </summary>
internal sealed class ShiftedTime : TimeProvider
{
    private readonly long _started = System.GetTimestamp();
    private long _start = System.GetUtcNow().Ticks;

    /// <summary>How many seconds pass in one of the system's; waits are as much shorter. Below 1 the clock is slow.</summary>
    public double Haste { get; init; } = 1;

    public override long TimestampFrequency => (long)(System.TimestampFrequency / Haste);

    public override long GetTimestamp() => System.GetTimestamp();

    public override DateTimeOffset GetUtcNow() =>
        new DateTimeOffset(Interlocked.Read(ref _start), TimeSpan.Zero) + GetElapsedTime(_started);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, Shorter(dueTime), Shorter(period));

    /// <summary>Moves the clock to a time, from which it goes on.</summary>
    public void Set(DateTimeOffset now) => Interlocked.Exchange(ref _start, (now - GetElapsedTime(_started)).Ticks);

    private TimeSpan Shorter(TimeSpan time) => time > TimeSpan.Zero ? time / Haste : time;
}
