namespace PerCall.Functions.Tests.Limits;

/// <summary>Time that passes when the test says so.</summary>
/// <param name="ahead">By how much its clock is wrong.</param>
internal sealed class ManualTime(TimeSpan ahead = default) : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2027, 3, 10, 9, 0, 0, TimeSpan.Zero);

    private long _ticks = TimeSpan.TicksPerHour;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public override DateTimeOffset GetUtcNow() => Start + new TimeSpan(GetTimestamp()) + ahead;

    public void Pass(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);
}
