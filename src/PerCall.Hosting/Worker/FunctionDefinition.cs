namespace Microsoft.Azure.Functions.Worker;

/// <summary>What is known of a function before it is invoked.</summary>
public abstract class FunctionDefinition
{
    /// <summary>Name given by <see cref="FunctionAttribute"/>.</summary>
    public abstract string Name { get; }
}
