namespace PerCall.Functions.Upkeep;

/// <summary>When a chore runs.</summary>
public enum ChorePeriod
{
    /// <summary>In each round.</summary>
    Round,

    /// <summary>In the first round of each hour.</summary>
    Hour,
}

/// <summary>Background work of a slice. It may run twice, and may be interrupted at any point.</summary>
/// <param name="Name">The name in the log, and of the row that holds its last hour. Lower-case letters and hyphens.</param>
/// <param name="Period">When it runs.</param>
/// <param name="RunAsync">
/// The work. Returns when what is still open needs the chore again; null: nothing is open, and the timer's next round is early enough.
/// </param>
public sealed record Chore(string Name, ChorePeriod Period, Func<CancellationToken, Task<DateTimeOffset?>> RunAsync);
