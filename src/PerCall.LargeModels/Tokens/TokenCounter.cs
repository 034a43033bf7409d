using System.Text;
using Microsoft.ML.Tokenizers;
using PerCall.LargeModels.Routes;

namespace PerCall.LargeModels.Tokens;

/// <summary>
/// Counts the tokens of texts. Special tokens such as <c>&lt;|endoftext|&gt;</c> are counted as plain text, as providers treat them.
/// </summary>
/// <remarks>
/// Merging byte pairs takes quadratic time in the length of a word. A word of more than <see cref="LongestWord"/> characters is therefore
/// cut into blocks of that length. Each cut can add a token to the count, which is safe for a reservation.
/// </remarks>
public sealed class TokenCounter
{
    /// <summary>Maximum characters of a word that is merged as a whole.</summary>
    internal const int LongestWord = 128;

    // Loading an encoding takes about 0.3 s and 65 MB, of which 42 MB remain in use, so it happens on the first use.
    private static readonly Lazy<TokenCounter> O200k = new(() => new(TiktokenTokenizer.CreateForEncoding("o200k_base")));
    private static readonly Lazy<TokenCounter> Cl100k = new(() => new(TiktokenTokenizer.CreateForEncoding("cl100k_base")));
    private static readonly TokenCounter Bytes = new(null);

    private readonly TiktokenTokenizer? _tokenizer;

    private TokenCounter(TiktokenTokenizer? tokenizer) => _tokenizer = tokenizer;

    /// <summary>Returns the counter of an encoding. The first use of an encoding loads it.</summary>
    public static TokenCounter For(TokenizerKind kind) => kind switch
    {
        TokenizerKind.O200kBase => O200k.Value,
        TokenizerKind.Cl100kBase => Cl100k.Value,
        _ => Bytes,
    };

    /// <summary>Whether the counter counts UTF-8 bytes instead of tokens.</summary>
    internal bool CountsBytes => _tokenizer is null;

    /// <summary>Returns the number of tokens, in time linear in the text's length.</summary>
    public long Count(string text)
    {
        if (_tokenizer is null)
        {
            return Encoding.UTF8.GetByteCount(text);
        }

        var tokens = 0L;
        foreach (var (offset, length) in _tokenizer.PreTokenizer!.PreTokenize(text))
        {
            tokens += CountWord(text.AsSpan(offset, length));
        }

        return tokens;
    }

    /// <summary>Returns the words of a text, as the encoding separates them. A token never spans two words.</summary>
    internal IEnumerable<(int Offset, int Length)> Words(string text) => _tokenizer!.PreTokenizer!.PreTokenize(text);

    /// <summary>Returns the tokens of one word.</summary>
    internal long CountWord(ReadOnlySpan<char> word)
    {
        // The tokenizer takes these for one word and one token. In a text they are ordinary characters.
        if (word.Length > 4 && word.StartsWith("<|") && word.EndsWith("|>"))
        {
            return CountBlock(word[..2]) + CountWord(word[2..^2]) + CountBlock(word[^2..]);
        }

        var tokens = 0L;
        while (word.Length > LongestWord)
        {
            var block = char.IsHighSurrogate(word[LongestWord - 1]) ? LongestWord - 1 : LongestWord;
            tokens += CountBlock(word[..block]);
            word = word[block..];
        }

        return tokens + CountBlock(word);
    }

    private int CountBlock(ReadOnlySpan<char> block) =>
        _tokenizer!.CountTokens(block, considerPreTokenization: false, considerNormalization: false);
}
