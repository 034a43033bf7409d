namespace Microsoft.Azure.Functions.Worker;

/// <summary>Data that came with the trigger.</summary>
public abstract class BindingContext
{
    /// <summary>
    /// Route values; a message's Id, DequeueCount and so on with the top-level properties of its JSON; names in braces of a blob path.
    /// Names are compared without regard to case.
    /// </summary>
    public abstract IReadOnlyDictionary<string, object?> BindingData { get; }
}
