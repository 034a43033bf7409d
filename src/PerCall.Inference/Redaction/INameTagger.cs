namespace PerCall.Inference.Redaction;

/// <summary>Finds names in texts, for example with a token classification model. No tagger is part of this library.</summary>
public interface INameTagger
{
    /// <summary>Returns the spans of names. Spans that are empty or outside of the text are ignored. Must be thread-safe.</summary>
    IEnumerable<NameSpan> Find(string text);
}

/// <summary>The place of a name in a text, in UTF-16 units.</summary>
/// <param name="Start">The first unit.</param>
/// <param name="End">The unit after the last one.</param>
public readonly record struct NameSpan(int Start, int End);
