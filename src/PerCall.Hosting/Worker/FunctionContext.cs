namespace Microsoft.Azure.Functions.Worker;

/// <summary>One invocation of a function, as its middleware and the function itself see it.</summary>
public abstract class FunctionContext
{
    /// <summary>Unique to this invocation.</summary>
    public abstract string InvocationId { get; }

    /// <summary>The same for every invocation of one function.</summary>
    public abstract string FunctionId { get; }

    public abstract FunctionDefinition FunctionDefinition { get; }

    public abstract BindingContext BindingContext { get; }

    /// <summary>Values that middleware and function pass to each other.</summary>
    public abstract IDictionary<object, object> Items { get; set; }

    /// <summary>Services of this invocation's scope.</summary>
    public abstract IServiceProvider InstanceServices { get; set; }

    /// <summary>Cancelled when the client disconnects, the function times out, or the host's grace period at shutdown is over.</summary>
    public virtual CancellationToken CancellationToken { get; }
}
