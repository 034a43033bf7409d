namespace PerCall.Inference.Redaction.Finding;

/// <summary>
/// Finds numbers of payment cards: prefix and length of a known network, the grouping of cards or none, and Luhn's check digit.
/// </summary>
internal static class Cards
{
    private const int MinDigits = 12;
    private const int MaxDigits = 19;
    private const int PrefixDigits = 6;

    // First and last six digits, and the lengths.
    private static readonly (int From, int To, int Least, int Most)[] Networks =
    [
        (400000, 499999, 16, 16), (400000, 499999, 19, 19), // Visa
        (510000, 559999, 16, 16), (222100, 272099, 16, 16), // Mastercard
        (340000, 349999, 15, 15), (370000, 379999, 15, 15), // American Express
        (300000, 305999, 14, 14), (309500, 309599, 14, 14), (360000, 369999, 14, 14), (380000, 399999, 14, 14), // Diners
        (601100, 601199, 16, 19), (644000, 659999, 16, 19), // Discover
        (352800, 358999, 16, 19), // JCB
        (620000, 629999, 16, 19), // UnionPay
        (220000, 220499, 16, 19), // Mir
        (501800, 501899, 12, 19), (502000, 502099, 12, 19), (503800, 503899, 12, 19), (589300, 589399, 12, 19),
        (630400, 630499, 12, 19), (675900, 675999, 12, 19), (676100, 676399, 12, 19), // Maestro
    ];

    public static void Find(Scan scan, DigitGroups groups, Func<Context> before)
    {
        for (var k = groups.Count; k >= 1; k--)
        {
            var digits = groups.Digits(k);
            if (digits.Length is >= MinDigits and <= MaxDigits && IsGrouped(groups, k) && IsOfNetwork(digits) && Checksums.Luhn(digits)
                && Signs.BeginsAt(scan, groups.Start) && Signs.EndsAt(scan, groups.End(k))
                && (k > 1 ? !IsInside(scan, groups) : !before().IsThings || before().Has(Topic.Card)))
            {
                scan.Add(new(RedactionKind.Card, groups.Start, groups.End(k), Checked: true));
                return;
            }
        }
    }

    private static bool IsGrouped(DigitGroups groups, int count)
    {
        if (count == 1 || groups.HasLengths([4, 6, 5]) || groups.HasLengths([4, 6, 4]))
        {
            return count is 1 or 3;
        }

        for (var i = 0; i < count; i++)
        {
            var group = groups[i];
            if ((i > 0 && !group.Before.IsPlain) || (i < count - 1 ? group.Length != 4 : group.Length > 4))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a group of four is directly before: the number is the end of a longer one.</summary>
    private static bool IsInside(Scan scan, DigitGroups groups)
    {
        for (var i = groups.Start - 5; i < groups.Start - 1; i++)
        {
            if (!char.IsAsciiDigit(scan[i]))
            {
                return false;
            }
        }

        return Signs.IsSpace(scan[groups.Start - 1]) && !Signs.IsWord(scan[groups.Start - 6]);
    }

    private static bool IsOfNetwork(ReadOnlySpan<char> digits)
    {
        var prefix = Checksums.Number(digits[..PrefixDigits]);
        foreach (var (from, to, least, most) in Networks)
        {
            if (prefix >= from && prefix <= to && digits.Length >= least && digits.Length <= most)
            {
                return true;
            }
        }

        return false;
    }
}
