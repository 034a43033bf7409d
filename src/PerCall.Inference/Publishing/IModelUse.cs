namespace PerCall.Inference.Publishing;

/// <summary>A user of published models other than an alias. A model in use is not removed.</summary>
public interface IModelUse
{
    /// <summary>
    /// Lists users of a model. If there are many, the list may have only a few of them.
    /// </summary>
    /// <param name="name">The model.</param>
    /// <param name="version">A version of the model; null for the whole model.</param>
    /// <param name="cancellation">Cancels the search.</param>
    Task<IReadOnlyList<ModelUser>> FindAsync(string name, string? version, CancellationToken cancellation);
}

/// <summary>A user of a model.</summary>
/// <param name="Kind">What it is: <c>plan</c>, <c>batch</c>, or <c>fallback</c> for a model that names this one as its fallback.</param>
/// <param name="Id">Its name or id.</param>
/// <param name="Version">The version that it uses; null: it names no version.</param>
/// <param name="Text">It in words, for example <c>the plan 'small'</c>.</param>
public sealed record ModelUser(string Kind, string Id, string? Version, string Text);
