namespace PerCall.Functions.Upkeep;

/// <summary>What is done every minute, on one instance. It may run twice, and end anywhere.</summary>
/// <param name="Name">For the log.</param>
/// <param name="RunAsync">The chore.</param>
public sealed record MinuteChore(string Name, Func<CancellationToken, Task> RunAsync);
