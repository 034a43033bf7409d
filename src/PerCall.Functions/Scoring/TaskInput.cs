namespace PerCall.Functions.Scoring;

/// <summary>
/// One input of a task, read and checked as far as that needs no model. Large ones lie in rented memory until they are disposed of.
/// </summary>
/// <param name="Model">The model that the input itself names; null where it names none.</param>
public abstract record TaskInput(string? Model) : IDisposable
{
    /// <summary>What a single call with this input is charged.</summary>
    public abstract long Units { get; }

    /// <summary>Things that one call answers together: texts, for example.</summary>
    public virtual int Count => 1;

    public virtual void Dispose()
    {
    }
}
