namespace PerCall.Inference.Publishing;

/// <summary>A user of published models other than an alias. A model in use is not removed.</summary>
public interface IModelUse
{
    /// <summary>
    /// Lists users of a model in words such as <c>the plan 'small'</c>. If there are many, the list has only a few of them.
    /// </summary>
    /// <param name="name">The model.</param>
    /// <param name="version">A version of the model; null for the whole model.</param>
    /// <param name="cancellation">Cancels the search.</param>
    Task<IReadOnlyList<string>> FindAsync(string name, string? version, CancellationToken cancellation);
}
