namespace PerCall.Functions.Tests.Metering;

/// <summary>
/// The system's clock, moved. It goes on by itself: a journal's loop waits for it now and then (a millisecond while calls gather, pauses between tries), in the middle of calls that a test awaits. With a clock that
/// only a test moves, each of those calls would never end.
/// </summary>
internal sealed class ShiftedTime : TimeProvider
{
    private long _shift;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _shift));

    /// <summary>Moves the clock to a time, from which it goes on.</summary>
    public void Set(DateTimeOffset now) => Interlocked.Exchange(ref _shift, (now - System.GetUtcNow()).Ticks);
}
