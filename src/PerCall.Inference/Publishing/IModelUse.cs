namespace PerCall.Inference.Publishing;

/// <summary>Something that rests on published models, besides their aliases; what it rests on is not removed.</summary>
public interface IModelUse
{
    /// <summary>What rests on a model, each in words such as <c>the plan 'small'</c>; a few of them where there are many.</summary>
    /// <param name="name">The model.</param>
    /// <param name="version">One of its versions; null: the model as a whole.</param>
    /// <param name="cancellation">Ends the looking.</param>
    Task<IReadOnlyList<string>> FindAsync(string name, string? version, CancellationToken cancellation);
}
