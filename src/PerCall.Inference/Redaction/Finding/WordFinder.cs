namespace PerCall.Inference.Redaction.Finding;

/// <summary>Finds national ids that have letters.</summary>
internal sealed class WordFinder : IFinder
{
    // 9 a digit, A a letter, * either, ~ a space or dash that may be absent, ^ a sign of the century.
    private const string Dni = "99~999~999~A";
    private const string Nie = "A~9999999~A";
    private const string CodiceFiscale = "AAA~AAA~**A**~A***A";
    private const string Hetu = "999999^999*";
    private const string Nino = "AA~99~99~99~A";
    private const int MaxCharacters = 16;

    public IReadOnlyList<RedactionKind> Kinds { get; } = [RedactionKind.NationalId];

    public void Find(Scan scan)
    {
        Span<char> id = stackalloc char[MaxCharacters];
        for (var i = 0; i < scan.Length; i++)
        {
            var c = scan[i];
            if (!char.IsAsciiLetterOrDigit(c) || Signs.IsWord(scan[i - 1]))
            {
                continue;
            }

            var end = char.IsAsciiDigit(c) ? BeginsWithDigit(scan, i, id) : BeginsWithLetter(scan, i, id);
            i = Math.Max(i, end - 1);
        }
    }

    private static int BeginsWithDigit(Scan scan, int start, Span<char> id)
    {
        if (Match(scan, start, Dni, id) is > 0 and var dni && Checksums.DniLetter(Checksums.Number(id[..8]), id[8]))
        {
            return Add(scan, start, dni, isChecked: true);
        }

        if (Match(scan, start, Hetu, id) is > 0 and var hetu
            && Checksums.IsDay(Checksums.Number(id[2..4]), Checksums.Number(id[..2]))
            && Checksums.HetuSign((Checksums.Number(id[..6]) * 1000) + Checksums.Number(id[7..10]), id[10]))
        {
            return Add(scan, start, hetu, isChecked: true);
        }

        return 0;
    }

    private static int BeginsWithLetter(Scan scan, int start, Span<char> id)
    {
        if (Match(scan, start, Nie, id) is > 0 and var nie && id[0] is 'X' or 'Y' or 'Z'
            && Checksums.DniLetter(((id[0] - 'X') * 10_000_000) + Checksums.Number(id[1..8]), id[8]))
        {
            return Add(scan, start, nie, isChecked: true);
        }

        if (Match(scan, start, CodiceFiscale, id) is > 0 and var code && IsCodiceFiscale(id[..16]))
        {
            return Add(scan, start, code, isChecked: true);
        }

        if (Match(scan, start, Nino, id) is > 0 and var nino && IsNino(id[..9]) && IsWritten(scan.Text.AsSpan(start, nino - start)) && !Context.Before(scan, start).IsThings)
        {
            return Add(scan, start, nino, isChecked: false);
        }

        return 0;
    }

    private static int Add(Scan scan, int start, int end, bool isChecked)
    {
        if (!Signs.BeginsAt(scan, start) || !Signs.EndsAt(scan, end))
        {
            return 0;
        }

        scan.Add(new(RedactionKind.NationalId, start, end, isChecked));
        return end;
    }

    /// <summary>Matches a form, and writes its characters in capital letters, without separators. Returns its end; 0: no match.</summary>
    private static int Match(Scan scan, int start, string form, Span<char> id)
    {
        var (i, length) = (start, 0);
        foreach (var sign in form)
        {
            var c = char.ToUpperInvariant(scan[i]);
            if (sign == '~')
            {
                i += Signs.IsSpace(c) || Signs.IsDash(c) || c == '.' ? 1 : 0;
                continue;
            }

            var fits = sign switch
            {
                '9' => char.IsAsciiDigit(c),
                'A' => char.IsAsciiLetterUpper(c),
                '^' => c is '+' or (>= 'A' and <= 'F') or (>= 'U' and <= 'Y') || Signs.IsDash(c),
                _ => char.IsAsciiDigit(c) || char.IsAsciiLetterUpper(c),
            };
            if (!fits)
            {
                return 0;
            }

            id[length++] = c;
            i++;
        }

        return i;
    }

    /// <summary>The digits may be replaced by letters, where two persons would have the same code.</summary>
    private static bool IsCodiceFiscale(ReadOnlySpan<char> code)
    {
        foreach (var position in (ReadOnlySpan<int>)[6, 7, 9, 10, 12, 13, 14])
        {
            if (!char.IsAsciiDigit(code[position]) && !"LMNPQRSTUV".Contains(code[position], StringComparison.Ordinal))
            {
                return false;
            }
        }

        return "ABCDEHLMPRST".Contains(code[8], StringComparison.Ordinal) && Checksums.CodiceFiscale(code);
    }

    /// <summary>Whether it is together, or has capital letters and no dots: "el 28.11.70 a" is not a number.</summary>
    private static bool IsWritten(ReadOnlySpan<char> number) =>
        number.Length == 9 || (char.IsAsciiLetterUpper(number[0]) && char.IsAsciiLetterUpper(number[1]) && !number.Contains('.'));

    /// <summary>British national insurance numbers have no check digit; some prefixes are never given.</summary>
    private static bool IsNino(ReadOnlySpan<char> number) =>
        !"DFIQUV".Contains(number[0], StringComparison.Ordinal)
        && !"DFIQUVO".Contains(number[1], StringComparison.Ordinal)
        && number[..2] is not ("BG" or "GB" or "NK" or "KN" or "TN" or "NT" or "ZZ")
        && number[8] <= 'D';
}
