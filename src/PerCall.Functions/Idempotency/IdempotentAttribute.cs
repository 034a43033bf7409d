namespace PerCall.Functions.Idempotency;

/// <summary>A function whose calls cost something: with an Idempotency-Key, its answer is kept for a day and charged once.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class IdempotentAttribute : Attribute;
