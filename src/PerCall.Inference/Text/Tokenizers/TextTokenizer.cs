using System.Globalization;

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

    /// <summary>Returns the tokens of a cleaned text with their places in it, in the order of <see cref="Encode"/>.</summary>
    /// <param name="text">The normalised text after <see cref="Clean"/>.</param>
    public abstract IReadOnlyList<LocatedToken> Locate(string text);

    /// <summary>
    /// Whether the tokens have combining characters that Unicode composes, as in BERT's vocabularies without accents, where Hangul is in
    /// jamo. Then a text stays decomposed when its accents are removed.
    /// </summary>
    public virtual bool IsDecomposed => false;

    /// <summary>Removes what the tokenizer ignores within words. <see cref="Encode"/> does it by itself.</summary>
    public virtual string Clean(string text) => text;

    /// <summary>Returns the id of a token of the vocabulary; null when it is not in the vocabulary.</summary>
    public abstract int? IdOf(string token);
}

/// <summary>A token and its place in a text.</summary>
/// <param name="Id">The id.</param>
/// <param name="Start">The first UTF-16 unit.</param>
/// <param name="Length">Number of UTF-16 units; 0 if the token stands for none of the text.</param>
/// <param name="Continues">Whether it continues the word of the token before.</param>
internal readonly record struct LocatedToken(int Id, int Start, int Length, bool Continues)
{
    /// <summary>Creates a token of a tokenizer that divides words. White space at its start is not part of it.</summary>
    /// <param name="id">The id.</param>
    /// <param name="text">The text.</param>
    /// <param name="start">The first unit.</param>
    /// <param name="end">The unit behind the last one.</param>
    public static LocatedToken OfPart(int id, string text, int start, int end)
    {
        while (start < end && char.IsWhiteSpace(text[start]))
        {
            start++;
        }

        return new(id, start, end - start, start > 0 && start < end && IsOfWord(text[start - 1]) && IsOfWord(text[start]));
    }

    /// <summary>Whether a word can have the unit beside others: ideographs and the like are written without spaces.</summary>
    private static bool IsOfWord(char unit) => char.IsSurrogate(unit) is false
        && char.GetUnicodeCategory(unit) is not UnicodeCategory.OtherLetter and <= UnicodeCategory.OtherNumber;
}
