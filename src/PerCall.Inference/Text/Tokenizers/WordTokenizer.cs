using System.Globalization;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Text.Tokenizers;

/// <summary>
/// Splits a text into runs of letters, marks and digits (Unicode categories L, M, N), and single other code points. Separators and controls
/// (Z, C) separate tokens. Optionally, each digit is a separate token.
/// </summary>
internal sealed class WordTokenizer : TextTokenizer
{
    private readonly Dictionary<string, int> _vocabulary;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly int _unknown;
    private readonly bool _singleDigits;

    public WordTokenizer(Dictionary<string, int> vocabulary, string unknown, DigitRule digits)
    {
        (_vocabulary, _singleDigits) = (vocabulary, digits == DigitRule.Each);
        _lookup = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        _unknown = IdOf(unknown) ?? throw new ModelCorruptException($"The vocabulary does not contain its unknown token '{unknown}'.");
    }

    private enum Part
    {
        Separator,
        Word,
        Single,
    }

    public override int? IdOf(string token) => _vocabulary.TryGetValue(token, out var id) ? id : null;

    public override IReadOnlyList<int> Encode(string text, int limit)
    {
        var ids = new List<int>(Math.Min(limit, (text.Length / 4) + 1));
        var word = -1;
        var at = 0;
        while (at < text.Length && ids.Count < limit)
        {
            var length = char.IsHighSurrogate(text[at]) ? 2 : 1;
            var part = PartOf(length == 1 ? char.GetUnicodeCategory(text[at]) : CharUnicodeInfo.GetUnicodeCategory(text, at));
            if (part == Part.Word)
            {
                word = word < 0 ? at : word;
            }
            else
            {
                Close(text, ref word, at, ids);
                if (part == Part.Single && ids.Count < limit)
                {
                    ids.Add(Look(text.AsSpan(at, length)));
                }
            }

            at += length;
        }

        if (ids.Count < limit)
        {
            Close(text, ref word, at, ids);
        }

        return ids;
    }

    private void Close(string text, ref int word, int end, List<int> ids)
    {
        if (word >= 0)
        {
            ids.Add(Look(text.AsSpan(word, end - word)));
            word = -1;
        }
    }

    private int Look(ReadOnlySpan<char> token) => _lookup.TryGetValue(token, out var id) ? id : _unknown;

    private Part PartOf(UnicodeCategory category) => category switch
    {
        <= UnicodeCategory.EnclosingMark => Part.Word,
        <= UnicodeCategory.OtherNumber => _singleDigits ? Part.Single : Part.Word,
        <= UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned => Part.Separator,
        _ => Part.Single,
    };
}
