namespace PerCall.Functions.Webhooks.Targets;

/// <summary>
/// Pauses a target that keeps failing. Its state is in the target's row and not in a process: it holds for all instances, and instances
/// come and go within one pause. After a pause one attempt is made
/// alone; its outcome ends the pause or doubles it.
/// </summary>
public static class TargetBreaker
{
    /// <summary>Attempts to one target at once.</summary>
    public const int AtOnce = 2;

    /// <summary>Failures in a row after which a target is paused.</summary>
    public const int Failures = 5;

    private const int MostDoublings = 6;
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);

    /// <summary>In place of null, which a merge would leave as it was.</summary>
    public static DateTimeOffset Never { get; } = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>How many attempts may be made at once now.</summary>
    public static int LimitOf(TargetRow? target, DateTimeOffset now) =>
        target?.PausedUntil > now ? 0
        : target?.Failures >= Failures ? 1
        : AtOnce;

    /// <returns>How long to make no attempt after so many failures in a row; null: go on.</returns>
    public static TimeSpan? PauseAfter(int failures) =>
        failures < Failures ? null : Shortest * (1 << Math.Min(failures - Failures, MostDoublings));
}
