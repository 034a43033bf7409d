namespace PerCall.Inference.Redaction;

/// <summary>A text whose values are replaced by placeholders.</summary>
/// <param name="Text">The text with placeholders.</param>
/// <param name="Found">The replaced values in the order of the text, without overlaps.</param>
public sealed record RedactedText(string Text, IReadOnlyList<FoundValue> Found);

/// <summary>The place of a value in the original text, in UTF-16 units. It does not contain the value.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Start">The first unit.</param>
/// <param name="End">The unit after the last one.</param>
/// <param name="Placeholder">The placeholder, for example <c>[EMAIL_1]</c>.</param>
public readonly record struct FoundValue(RedactionKind Kind, int Start, int End, string Placeholder);
