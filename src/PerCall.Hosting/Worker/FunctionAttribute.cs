namespace Microsoft.Azure.Functions.Worker;

/// <summary>Marks a public method of a public class as a function. The class is constructed by dependency injection for each invocation.</summary>
/// <param name="name">Name of the function, unique in the application: a letter, then letters, digits, <c>_</c> and <c>-</c>, at most 127 characters.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FunctionAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}
