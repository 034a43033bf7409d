namespace PerCall.Functions.Storage.Turns;

/// <summary>Limits how much of one account's work runs concurrently, across all instances.</summary>
/// <param name="AtOnce">Maximum number of rows with a turn.</param>
/// <param name="Waiting">Maximum number of rows that wait.</param>
/// <param name="Patience">How long a turn is reserved for a row whose message has not been received.</param>
public sealed record TurnLimits(int AtOnce, int Waiting, TimeSpan Patience);
