using System.Globalization;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace PerCall.Inference.Text.Tokenizers;

/// <summary>
/// BERT's basic tokenizer (https://github.com/google-research/bert, tokenization.py), without lower-casing and accent removal, which the
/// manifest declares. Drops control characters, separates ideographs and punctuation, and splits the rest at white space. The library's
/// own implementation loses every character beyond the first 65,536, including emoji.
/// </summary>
internal sealed class BertWords : PreTokenizer
{
    // The blocks that BERT calls Chinese. Kana and Hangul are treated like letters, because they are written in runs or with spaces.
    private static readonly (int From, int To)[] Ideographs =
    [
        (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2A6DF), (0x2A700, 0x2CEAF), (0x2F800, 0x2FA1F),
    ];

    private enum Part
    {
        Dropped,
        Space,
        Single,
        Letter,
    }

    /// <summary>Returns the text without invisible characters, which would otherwise split words.</summary>
    public static string Clean(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\0', '\u001f') && Ascii.IsValid(text))
        {
            return text;
        }

        var kept = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (PartOf(rune) != Part.Dropped)
            {
                kept.Append(rune);
            }
        }

        return kept.ToString();
    }

    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) => Words(text);

    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text) => Words(text);

    private static List<(int Offset, int Length)> Words(ReadOnlySpan<char> text)
    {
        var words = new List<(int Offset, int Length)>((text.Length / 5) + 1);
        var (word, at) = (-1, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            var part = PartOf(rune);
            if (part == Part.Letter)
            {
                word = word < 0 ? at : word;
            }
            else
            {
                if (word >= 0)
                {
                    words.Add((word, at - word));
                    word = -1;
                }

                if (part == Part.Single)
                {
                    words.Add((at, rune.Utf16SequenceLength));
                }
            }

            at += rune.Utf16SequenceLength;
        }

        if (word >= 0)
        {
            words.Add((word, at - word));
        }

        return words;
    }

    private static Part PartOf(Rune rune)
    {
        if (rune.IsAscii)
        {
            return OfAscii((char)rune.Value);
        }

        if (rune == Rune.ReplacementChar)
        {
            return Part.Dropped;
        }

        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => Part.Space,
            UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned => Part.Dropped,
            >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation => Part.Single,
            UnicodeCategory.OtherLetter when IsIdeograph(rune.Value) => Part.Single,
            _ => Part.Letter,
        };
    }

    /// <summary>Classifies ASCII: everything but letters, digits, white space and controls is punctuation, including symbols.</summary>
    private static Part OfAscii(char c) => c switch
    {
        ' ' or '\t' or '\n' or '\r' => Part.Space,
        < ' ' or '\u007f' => Part.Dropped,
        _ => char.IsAsciiLetterOrDigit(c) ? Part.Letter : Part.Single,
    };

    private static bool IsIdeograph(int value)
    {
        foreach (var (from, to) in Ideographs)
        {
            if (value >= from && value <= to)
            {
                return true;
            }
        }

        return false;
    }
}
