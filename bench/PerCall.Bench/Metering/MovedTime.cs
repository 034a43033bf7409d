namespace PerCall.Bench.Metering;

/// <summary>The system's clock, moved.</summary>
internal sealed class MovedTime : TimeProvider
{
    public TimeSpan By { get; set; }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + By;
}
