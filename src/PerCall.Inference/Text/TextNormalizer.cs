using System.Globalization;
using System.Text;
using ICU4N.Text;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Text;

/// <summary>
/// The declared steps between a text and its tokens. Halves of surrogate pairs become U+FFFD first, because nothing after can say what they mean.
/// Normalisation forms come from a library of its own: .NET's do nothing where it runs without the system's ICU, as this service does everywhere.
/// </summary>
internal sealed class TextNormalizer(TextNormalization rules)
{
    private readonly Normalizer2? _form = rules.Unicode switch
    {
        UnicodeForm.Nfc => Normalizer2.NFCInstance,
        UnicodeForm.Nfd => Normalizer2.NFDInstance,
        UnicodeForm.Nfkc => Normalizer2.NFKCInstance,
        UnicodeForm.Nfkd => Normalizer2.NFKDInstance,
        _ => null,
    };

    public string Apply(string text)
    {
        text = ReplaceHalfPairs(text);
        text = _form?.Normalize(text) ?? text;
        text = rules.Lowercase ? text.ToLowerInvariant() : text;
        text = rules.StripAccents ? StripAccents(text) : text;
        return rules.Trim ? text.Trim() : text;
    }

    private static string ReplaceHalfPairs(string text)
    {
        var rest = text.AsSpan();
        while (rest.IndexOfAnyInRange('\ud800', '\udfff') is >= 0 and var at)
        {
            if (!Rune.TryGetRuneAt(text, text.Length - rest.Length + at, out _))
            {
                // EnumerateRunes gives U+FFFD for each half.
                var clean = new StringBuilder(text.Length);
                foreach (var rune in text.EnumerateRunes())
                {
                    clean.Append(rune);
                }

                return clean.ToString();
            }

            rest = rest[(at + 2)..];
        }

        return text;
    }

    private static string StripAccents(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text;
        }

        var decomposed = Normalizer2.NFDInstance.Normalize(text);
        var kept = new StringBuilder(decomposed.Length);
        foreach (var rune in decomposed.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.NonSpacingMark)
            {
                kept.Append(rune);
            }
        }

        return Normalizer2.NFCInstance.Normalize(kept.ToString());
    }
}
