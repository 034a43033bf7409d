using System.Collections.Frozen;

namespace PerCall.Inference.Redaction.Finding;

/// <summary>
/// Finds international bank account numbers (ISO 13616): country, length and form by the registry, and the check digits by mod 97. Single
/// spaces, dashes and dots may separate characters; letters may be small.
/// </summary>
internal sealed class IbanFinder : IFinder
{
    // Forms of the part after the check digits: a number of digits (n), capital letters (a) or both (c).
    private static readonly FrozenDictionary<string, string> Forms = Parse(
        """
        AD 8n12c|AE 19n|AL 8n16c|AT 16n|AZ 4a20c|BA 16n|BE 12n|BG 4a6n8c|BH 4a14c|BI 23n|BR 23n1a1c|BY 4c4n16c|CH 5n12c|CR 18n
        CY 8n16c|CZ 20n|DE 18n|DJ 23n|DK 14n|DO 4c20n|EE 16n|EG 25n|ES 20n|FI 14n|FK 2a12n|FO 14n|FR 10n11c2n|GB 4a14n|GE 2a16n
        GI 4a15c|GL 14n|GR 7n16c|GT 24c|HN 4a20n|HR 17n|HU 24n|IE 4a14n|IL 19n|IQ 4a15n|IS 22n|IT 1a10n12c|JO 4a4n18c|KW 4a22c
        KZ 3n13c|LB 4n20c|LC 4a24c|LI 5n12c|LT 16n|LU 3n13c|LV 4a13c|LY 21n|MC 10n11c2n|MD 20c|ME 18n|MK 3n10c2n|MN 16n|MR 23n
        MT 4a5n18c|MU 4a19n3a|NI 4a20n|NL 4a10n|NO 11n|OM 3n16c|PK 4a16c|PL 24n|PS 4a21c|PT 21n|QA 4a21c|RO 4a16c|RS 18n|RU 14n15c
        SA 2n18c|SC 4a20n3a|SD 14n|SE 20n|SI 15n|SK 20n|SM 1a10n12c|SO 19n|ST 21n|SV 4a20n|TL 19n|TN 20n|TR 6n16c|UA 6n19c|VA 18n
        VG 4a16n|XK 16n|YE 4a4n18c
        """);

    public IReadOnlyList<RedactionKind> Kinds { get; } = [RedactionKind.Iban];

    public void Find(Scan scan)
    {
        var lookup = Forms.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var i = 0; i < scan.Length - 4; i++)
        {
            if (!char.IsAsciiLetter(scan[i]) || !char.IsAsciiLetter(scan[i + 1]) || Signs.IsWord(scan[i - 1]))
            {
                continue;
            }

            Span<char> country = [char.ToUpperInvariant(scan[i]), char.ToUpperInvariant(scan[i + 1])];
            if (lookup.TryGetValue(country, out var form) && Match(scan, i, form) is > 0 and var end)
            {
                scan.Add(new(RedactionKind.Iban, i, end, Checked: true));
                i = end - 1;
            }
        }
    }

    private static int Match(Scan scan, int start, string form)
    {
        Span<char> iban = stackalloc char[form.Length];
        var i = start;
        for (var k = 0; k < form.Length; k++)
        {
            if (k > 0 && IsSeparator(scan[i]))
            {
                i++;
            }

            var c = char.ToUpperInvariant(scan[i++]);
            var fits = form[k] switch
            {
                'n' => char.IsAsciiDigit(c),
                'a' => char.IsAsciiLetterUpper(c),
                _ => char.IsAsciiDigit(c) || char.IsAsciiLetterUpper(c),
            };
            if (!fits)
            {
                return 0;
            }

            iban[k] = c;
        }

        return !Signs.IsWord(scan[i]) && Checksums.Mod97(iban[4..], iban[..4]) == 1 ? i : 0;
    }

    private static bool IsSeparator(char c) => Signs.IsSpace(c) || Signs.IsDash(c) || c == '.';

    /// <summary>Expands each form to one sign for each character of the number, country and check digits included.</summary>
    private static FrozenDictionary<string, string> Parse(string forms)
    {
        var parsed = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in forms.Split(['|', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries))
        {
            var (country, form) = (entry[..2], "aann");
            var count = 0;
            foreach (var c in entry.AsSpan(3))
            {
                if (char.IsAsciiDigit(c))
                {
                    count = (count * 10) + Signs.Digit(c);
                }
                else
                {
                    form += new string(c, count);
                    count = 0;
                }
            }

            parsed.Add(country, form);
        }

        return parsed.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
