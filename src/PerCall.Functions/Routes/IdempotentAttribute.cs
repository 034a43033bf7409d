namespace PerCall.Functions.Routes;

/// <summary>
/// A function that takes an Idempotency-Key: its answer is kept for a day and charged once, unless it says that it sees to that by itself.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class IdempotentAttribute : Attribute
{
    public bool ByItself { get; init; }
}
