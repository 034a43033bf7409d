namespace PerCall.Functions.Webhooks.Targets;

/// <summary>
/// Pauses a target that keeps failing. The state is in the target's row, not in a process, so it applies to all instances, which may start
/// and stop during a pause. After a pause, one attempt is made alone. Its outcome ends the pause or doubles it.
/// </summary>
public static class TargetBreaker
{
    /// <summary>Concurrent attempts to one target.</summary>
    public const int AtOnce = 2;

    /// <summary>Consecutive failures after which a target is paused.</summary>
    public const int Failures = 5;

    private const int MostDoublings = 6;
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);

    /// <summary>Replaces null, because a merge would leave the old value in place.</summary>
    public static DateTimeOffset Never { get; } = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Returns how many concurrent attempts are allowed now.</summary>
    public static int LimitOf(TargetRow? target, DateTimeOffset now) =>
        target?.PausedUntil > now ? 0
        : target?.Failures >= Failures ? 1
        : AtOnce;

    /// <returns>The length of the pause after this number of consecutive failures; null: no pause.</returns>
    public static TimeSpan? PauseAfter(int failures) =>
        failures < Failures ? null : Shortest * (1 << Math.Min(failures - Failures, MostDoublings));
}
