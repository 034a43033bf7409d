namespace PerCall.Inference.Text.Tokenizers;

/// <summary>Converts a normalised text to token ids. Thread-safe.</summary>
internal abstract class TextTokenizer
{
    /// <summary>
    /// Returns the ids of a text's tokens, without special tokens. Text that looks like a special token is ordinary text.
    /// </summary>
    /// <param name="text">The normalised text, without unpaired surrogates.</param>
    /// <param name="limit">Maximum number of tokens needed, from the start. The result may have more.</param>
    public abstract IReadOnlyList<int> Encode(string text, int limit);

    /// <summary>Returns the id of a token of the vocabulary; null when it is not in the vocabulary.</summary>
    public abstract int? IdOf(string token);
}
