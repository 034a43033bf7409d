using System.Globalization;
using System.Text;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Text;

/// <summary>
/// Applies the declared steps between a text and its tokens. Unpaired surrogates become U+FFFD first, because no later step can handle
/// them. Unicode normalisation is .NET's, over the system's ICU; without ICU the process does not start.
/// </summary>
/// <param name="rules">The steps.</param>
/// <param name="staysDecomposed">
/// Whether a text stays decomposed when its accents are removed, and its letters become lower case afterwards too, as in BERT.
/// </param>
internal sealed class TextNormalizer(TextNormalization rules, bool staysDecomposed = false)
{
    private readonly NormalizationForm? _form = rules.Unicode switch
    {
        UnicodeForm.Nfc => NormalizationForm.FormC,
        UnicodeForm.Nfd => NormalizationForm.FormD,
        UnicodeForm.Nfkc => NormalizationForm.FormKC,
        UnicodeForm.Nfkd => NormalizationForm.FormKD,
        _ => null,
    };

    /// <summary>Whether white space at both ends is removed.</summary>
    public bool Trims => rules.Trim;

    /// <summary>Applies all steps.</summary>
    public string Apply(string text)
    {
        text = Change(ReplaceHalfPairs(text));
        return rules.Trim ? text.Trim() : text;
    }

    /// <summary>Applies the steps that change characters, to a text without unpaired surrogates.</summary>
    public string Change(string text)
    {
        text = _form is { } form ? text.Normalize(form) : text;
        text = rules.Lowercase ? text.ToLowerInvariant() : text;
        text = rules.StripAccents ? StripAccents(text) : text;
        // İ has a lower case only without its dot.
        return rules.Lowercase && staysDecomposed ? text.ToLowerInvariant() : text;
    }

    internal static string ReplaceHalfPairs(string text)
    {
        var rest = text.AsSpan();
        while (rest.IndexOfAnyInRange('\ud800', '\udfff') is >= 0 and var at)
        {
            if (!Rune.TryGetRuneAt(text, text.Length - rest.Length + at, out _))
            {
                // EnumerateRunes returns U+FFFD for each unpaired surrogate.
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

    private string StripAccents(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text;
        }

        var decomposed = text.Normalize(NormalizationForm.FormD);
        var kept = new StringBuilder(decomposed.Length);
        foreach (var rune in decomposed.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.NonSpacingMark)
            {
                kept.Append(rune);
            }
        }

        return staysDecomposed ? kept.ToString() : kept.ToString().Normalize(NormalizationForm.FormC);
    }
}
