namespace PerCall.Functions.Upkeep;

/// <summary>Work that runs every minute, on one instance. It may run twice, and may be interrupted at any point.</summary>
/// <param name="Name">The name in the log.</param>
/// <param name="RunAsync">The work.</param>
public sealed record MinuteChore(string Name, Func<CancellationToken, Task> RunAsync);
