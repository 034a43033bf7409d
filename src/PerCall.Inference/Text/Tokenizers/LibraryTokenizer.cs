using Microsoft.ML.Tokenizers;

namespace PerCall.Inference.Text.Tokenizers;

/// <summary>A tokenizer of Microsoft.ML.Tokenizers, created without special tokens, which the manifest declares.</summary>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="vocabulary">Ids by token.</param>
/// <param name="clean">Applied to a text first; null for nothing.</param>
/// <param name="decomposed">Whether the vocabulary's tokens are decomposed.</param>
/// <param name="cutRuns">Whether its time grows with the square of an unbroken run, so that longer runs are cut.</param>
internal sealed class LibraryTokenizer(
    Tokenizer tokenizer, IReadOnlyDictionary<string, int> vocabulary, bool cutRuns, Func<string, string>? clean = null,
    bool decomposed = false) : TextTokenizer
{
    /// <summary>
    /// Maximum length, in UTF-16 units, of a run without a change between white space and other characters. Merging byte pairs takes time
    /// proportional to the square of a run's length: a megabyte of one letter took 86 s. Natural language has no such runs. In a longer
    /// run, tokens at the cuts may differ from those of the uncut run.
    /// </summary>
    public const int MaxRun = 4096;

    // WordPiece gives a word at most so many tokens.
    private const int MostPieces = 100;

    public override int? IdOf(string token) => vocabulary.TryGetValue(token, out var id) ? id : null;

    public override IReadOnlyList<int> Encode(string text, int limit)
    {
        text = Clean(text);
        if (!cutRuns)
        {
            return Encode(text.AsSpan(), limit);
        }

        var ids = new List<int>();
        foreach (var part in Runs.Cut(text, MaxRun))
        {
            if (ids.Count >= limit)
            {
                break;
            }

            ids.AddRange(Encode(text.AsSpan()[part], limit - ids.Count));
        }

        return ids;
    }

    public override IReadOnlyList<LocatedToken> Locate(string text)
    {
        var tokens = new List<LocatedToken>();
        foreach (var part in cutRuns ? Runs.Cut(text, MaxRun) : [Range.All])
        {
            var start = part.GetOffsetAndLength(text.Length).Offset;
            foreach (var token in tokenizer.EncodeToTokens(text.AsSpan()[part], out _))
            {
                tokens.Add(LocatedToken.OfPart(
                    token.Id, text, start + token.Offset.Start.Value, start + token.Offset.End.Value));
            }
        }

        return tokens;
    }

    public override bool IsDecomposed => decomposed;

    public override string Clean(string text) => clean?.Invoke(text) ?? text;

    private IReadOnlyList<int> Encode(ReadOnlySpan<char> text, int limit)
    {
        // The library leaves out a word whose tokens are more than the limit allows, so it is asked for more.
        for (var most = (long)limit; most < int.MaxValue; most = (2 * most) + MostPieces)
        {
            var ids = tokenizer.EncodeToIds(text, (int)most, out _, out var consumed);
            if (ids.Count >= limit || consumed >= text.Length)
            {
                return ids;
            }
        }

        return tokenizer.EncodeToIds(text);
    }
}
