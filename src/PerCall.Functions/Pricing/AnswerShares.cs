namespace PerCall.Functions.Pricing;

/// <summary>Which model answered how much of a call or a row.</summary>
/// <param name="Units">Units that the called model answered itself; 0 or more.</param>
/// <param name="Cost">What the provider of a large model bills the operator for them, in micro-units; null: no provider, or
/// unknown.</param>
/// <param name="Fallback">What the model's fallback answered; null: nothing.</param>
public sealed record AnswerShares(long Units, long? Cost = null, FallbackShare? Fallback = null);

/// <summary>What a fallback answered.</summary>
/// <param name="Model">The name of the fallback.</param>
/// <param name="Version">The version of the fallback.</param>
/// <param name="Units">Units that it answered; 1 or more.</param>
/// <param name="Cost">What its provider bills the operator, in micro-units; null: unknown.</param>
public sealed record FallbackShare(string Model, string Version, long Units, long? Cost);
