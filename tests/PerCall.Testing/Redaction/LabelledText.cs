using PerCall.Inference.Redaction;

namespace PerCall.Testing.Redaction;

/// <summary>A generated text, and the values in it.</summary>
/// <param name="Language">The language's code.</param>
/// <param name="Text">The text.</param>
/// <param name="Values">The values in the order of the text.</param>
public sealed record LabelledText(string Language, string Text, IReadOnlyList<LabelledValue> Values);

/// <summary>A value in a generated text, in UTF-16 units.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Form">The form in which it is written, for example <c>BSN</c>.</param>
/// <param name="Start">The first unit.</param>
/// <param name="End">The unit after the last one.</param>
public sealed record LabelledValue(RedactionKind Kind, string Form, int Start, int End);
