namespace PerCall.Functions.Storage.Turns;

/// <summary>How much of one account's work goes on at once, on all instances together.</summary>
/// <param name="AtOnce">Rows that have a turn.</param>
/// <param name="Waiting">Rows that may wait for one.</param>
/// <param name="Patience">How long a turn is kept for a row whose message has not been received.</param>
public sealed record TurnLimits(int AtOnce, int Waiting, TimeSpan Patience);
