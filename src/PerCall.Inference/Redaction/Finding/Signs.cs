namespace PerCall.Inference.Redaction.Finding;

/// <summary>Classes of characters, and the edges of values.</summary>
internal static class Signs
{
    public static bool IsSpace(char c) => c is ' ' or '\u00A0' or '\u202F' or '\u2009' or '\u2007' or '\t';

    public static bool IsDash(char c) => c is '-' or (>= '\u2010' and <= '\u2015') or '\u2212' or '\uFE63' or '\uFF0D';

    public static bool IsWord(char c) => char.IsLetterOrDigit(c) || c == '_';

    public static bool IsCurrency(char c) => char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.CurrencySymbol;

    public static int Digit(char c) => c - '0';

    /// <summary>Whether a number can begin here: it is not the rest of a word, a longer number, a path, or an amount.</summary>
    public static bool BeginsAt(Scan scan, int start)
    {
        var before = scan[start - 1];
        if (IsWord(before) || before is '@' or '+' or '#' || IsCurrency(before))
        {
            return false;
        }

        return before switch
        {
            '.' or ':' => !char.IsAsciiDigit(scan[start - 2]),
            '/' or '\\' => !IsWord(scan[start - 2]) && scan[start - 2] != '/',
            _ => !IsDash(before) || !IsWord(scan[start - 2]),
        };
    }

    /// <summary>Whether a number can end here.</summary>
    public static bool EndsAt(Scan scan, int end)
    {
        var after = scan[end];
        if (IsWord(after) || after is '@' or '%' || IsCurrency(after))
        {
            return false;
        }

        return after switch
        {
            '.' or ':' => !char.IsAsciiDigit(scan[end + 1]),
            '/' or '\\' => !char.IsLetter(scan[end + 1]),
            _ => !IsDash(after) || !IsWord(scan[end + 1]),
        };
    }

    /// <summary>Whether a digit and a space are directly before.</summary>
    public static bool FollowsDigits(Scan scan, int start) => IsSpace(scan[start - 1]) && char.IsAsciiDigit(scan[start - 2]);

    /// <summary>Whether decimals follow: a comma and one or two digits.</summary>
    public static bool HasDecimals(Scan scan, int end) =>
        scan[end] == ',' && char.IsAsciiDigit(scan[end + 1])
        && (!char.IsAsciiDigit(scan[end + 2])
            ? !IsDate(scan, end + 2)
            : !char.IsAsciiDigit(scan[end + 3]) && !IsDate(scan, end + 3));

    private static bool IsDate(Scan scan, int sign) =>
        (scan[sign] is '.' or '/' or ':' || IsDash(scan[sign])) && char.IsAsciiDigit(scan[sign + 1]);
}
