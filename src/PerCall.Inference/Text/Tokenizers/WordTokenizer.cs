using System.Globalization;
using System.Text;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Text.Tokenizers;

/// <summary>
/// Splits a text into runs of letters, marks and digits (Unicode categories L, M, N), and single other code points. Separators and controls
/// (Z, C) separate tokens. Optionally, each digit is a separate token, or only white space separates tokens.
/// </summary>
internal sealed class WordTokenizer : TextTokenizer
{
    private readonly Dictionary<string, int> _vocabulary;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly int _unknown;
    private readonly bool _singleDigits;
    private readonly bool _whitespace;
    private readonly HashSet<Rune> _stripped;

    public WordTokenizer(Dictionary<string, int> vocabulary, TokenizerRules rules)
    {
        (_vocabulary, _singleDigits, _whitespace) = (vocabulary, rules.Digits == DigitRule.Each, rules.Split == SplitRule.Whitespace);
        _stripped = [.. (rules.Strip ?? "").EnumerateRunes()];
        _lookup = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        _unknown = IdOf(rules.Unknown!) ?? throw new ModelCorruptException(
            $"The vocabulary does not contain its unknown token '{rules.Unknown}'.");
    }

    public override int? IdOf(string token) => _vocabulary.TryGetValue(token, out var id) ? id : null;

    public override IReadOnlyList<int> Encode(string text, int limit)
    {
        text = Clean(text);
        var ids = new List<int>(Math.Min(limit, (text.Length / 4) + 1));
        foreach (var (start, length) in new Words(text, _singleDigits, _whitespace))
        {
            if (ids.Count == limit)
            {
                break;
            }

            ids.Add(Look(text.AsSpan(start, length)));
        }

        return ids;
    }

    public override IReadOnlyList<LocatedToken> Locate(string text)
    {
        var tokens = new List<LocatedToken>();
        foreach (var (start, length) in new Words(text, _singleDigits, _whitespace))
        {
            tokens.Add(new(Look(text.AsSpan(start, length)), start, length, Continues: false));
        }

        return tokens;
    }

    public override string Clean(string text)
    {
        if (_stripped.Count == 0)
        {
            return text;
        }

        var kept = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (!_stripped.Contains(rune))
            {
                kept.Append(rune);
            }
        }

        return kept.ToString();
    }

    private int Look(ReadOnlySpan<char> token) => _lookup.TryGetValue(token, out var id) ? id : _unknown;

    /// <summary>Enumerates the words and single code points of a text.</summary>
    private struct Words(string text, bool singleDigits, bool whitespace)
    {
        private int _at;

        private enum Part
        {
            Separator,
            Word,
            Single,
        }

        public (int Start, int Length) Current { get; private set; }

        public readonly Words GetEnumerator() => this;

        public bool MoveNext()
        {
            var start = _at;
            while (_at < text.Length)
            {
                var length = char.IsHighSurrogate(text[_at]) ? 2 : 1;
                var part = whitespace
                    ? char.IsWhiteSpace(text[_at]) ? Part.Separator : Part.Word
                    : PartOf(length == 1 ? char.GetUnicodeCategory(text[_at]) : CharUnicodeInfo.GetUnicodeCategory(text, _at));
                if (part != Part.Word && _at > start)
                {
                    break;
                }

                _at += length;
                if (part == Part.Single)
                {
                    Current = (start, length);
                    return true;
                }

                start = part == Part.Separator ? _at : start;
            }

            Current = (start, _at - start);
            return _at > start;
        }

        private readonly Part PartOf(UnicodeCategory category) => category switch
        {
            <= UnicodeCategory.EnclosingMark => Part.Word,
            <= UnicodeCategory.OtherNumber => singleDigits ? Part.Single : Part.Word,
            <= UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned => Part.Separator,
            _ => Part.Single,
        };
    }
}
