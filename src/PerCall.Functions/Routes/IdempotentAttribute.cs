namespace PerCall.Functions.Routes;

/// <summary>
/// Marks a function that accepts an Idempotency-Key: its response is stored for a day and charged once, unless the attribute states that
/// the function handles this itself.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class IdempotentAttribute : Attribute
{
    public bool ByItself { get; init; }
}
