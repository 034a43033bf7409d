namespace PerCall.Inference.Deriving;

/// <summary>A member of a manifest that was derived.</summary>
/// <param name="Member">The path in <c>model.json</c>, for example <c>image.color</c>.</param>
/// <param name="Value">The value, as JSON.</param>
/// <param name="Source">Where the value is from, for example <c>preprocessor_config.json: image_mean</c>.</param>
/// <param name="IsAssumed">Whether nothing says it, so that the value is only usual.</param>
public sealed record DerivedFact(string Member, string Value, string Source, bool IsAssumed);

/// <summary>What the files of a model do not say, and what cannot be assumed.</summary>
/// <param name="Name">The name under which an answer can be given in advance.</param>
/// <param name="Text">The question, as one or two sentences.</param>
/// <param name="Choices">The allowed answers; empty: any text.</param>
/// <param name="Suggestion">The most probable answer.</param>
public sealed record Question(string Name, string Text, IReadOnlyList<string> Choices, string Suggestion);

/// <summary>Somebody who knows the model.</summary>
public interface IQuestions
{
    /// <summary>Returns the answer to a question; null if nobody can answer.</summary>
    string? Ask(Question question);
}

/// <summary>Nobody can answer, as in the service.</summary>
public sealed class NoQuestions : IQuestions
{
    /// <inheritdoc/>
    public string? Ask(Question question) => null;
}
