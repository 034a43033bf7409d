namespace PerCall.Inference.Text.Tokenizers;

/// <summary>Cuts a normalised text into token ids. Safe for many callers at once.</summary>
internal abstract class TextTokenizer
{
    /// <summary>The ids of a text's tokens, without special ones; what looks like a special token in a text is text.</summary>
    /// <param name="text">Normalised; without halves of surrogate pairs.</param>
    /// <param name="limit">How many are wanted at most; the first ones. More may be returned.</param>
    public abstract IReadOnlyList<int> Encode(string text, int limit);

    /// <summary>The id of a token of the vocabulary; null where it has none of that name.</summary>
    public abstract int? IdOf(string token);
}
