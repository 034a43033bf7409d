namespace PerCall.Functions.Scoring;

/// <summary>
/// One input of a task, parsed and validated as far as possible without a model. Large inputs use rented memory until they are disposed of.
/// </summary>
/// <param name="Model">The model that the input names; null: the input names no model.</param>
public abstract record TaskInput(string? Model) : IDisposable
{
    /// <summary>Units that a single call with this input costs.</summary>
    public abstract long Units { get; }

    /// <summary>Number of items that one call answers together, for example texts.</summary>
    public virtual int Count => 1;

    public virtual void Dispose()
    {
    }
}
