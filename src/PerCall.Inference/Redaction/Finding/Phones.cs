namespace PerCall.Inference.Redaction.Finding;

/// <summary>
/// Finds phone numbers: with a country code, in the grouping of a national number, or any number after a word about phones.
/// </summary>
internal static class Phones
{
    private const int MinNamed = 6;
    private const int MaxNational = 12;
    private const int MaxNamed = 13;
    private const int MaxGroups = 7;
    private const int TrunkLeast = 9;

    public static void Find(Scan scan, DigitGroups groups, Func<Context> before)
    {
        var plus = scan[groups.Start - 1] == '+';
        var start = plus ? groups.Start - 1 : groups.Start;
        var opened = scan[start - 1] == '(';
        var count = Balanced(groups, opened, out var closed);
        if (opened && closed > 0)
        {
            start--;
        }

        var digits = groups.Digits(1);
        if (plus || IsDialledAbroad(groups))
        {
            if (BeginsAt(scan, start) && International(scan, groups, count, plus ? 0 : 2) is > 0 and var abroad
                && (plus || before().Has(Topic.Phone) || (IsEuropean(groups, abroad) && !before().IsThings)))
            {
                scan.Add(new(RedactionKind.Phone, start, groups.End(abroad)));
            }

            return;
        }

        if (digits.Length > MaxNamed || IsDate(groups) || !BeginsAt(scan, start))
        {
            return;
        }

        for (var k = Math.Min(count, MaxGroups); k >= 1; k--)
        {
            if (IsNational(scan, groups, k, opened && closed == 1, before) && EndsAt(scan, groups.End(k)))
            {
                scan.Add(new(RedactionKind.Phone, start, groups.End(k)));
                return;
            }
        }
    }

    /// <summary>Whether digits without separators look like a mobile number of Germany, Great Britain, France or a neighbour.</summary>
    public static bool LooksLikeOne(DigitGroups groups)
    {
        var digits = groups.Digits(1);
        return groups[0].Length > 1 && digits[0] == '0' && digits.Length switch
        {
            10 => digits[1] is '6' or '7',
            11 => digits[1] == '7' || (digits[1] == '1' && digits[2] is '5' or '6' or '7'),
            12 => digits[1] == '1' && digits[2] is '5' or '6' or '7',
            _ => false,
        };
    }

    /// <summary>Returns the number of groups before a bracket that was not opened, and after how many groups a bracket closes.</summary>
    private static int Balanced(DigitGroups groups, bool opened, out int closed)
    {
        closed = 0;
        var depth = opened ? 1 : 0;
        for (var i = 1; i < groups.Count; i++)
        {
            var before = groups[i].Before;
            if (before.Closes && --depth <= 0)
            {
                if (depth < 0)
                {
                    return i;
                }

                closed = opened && closed == 0 ? i : closed;
            }

            depth += before.Opens ? 1 : 0;
        }

        return groups.Count;
    }

    private static bool IsDialledAbroad(DigitGroups groups)
    {
        var digits = groups.Digits(groups.Count);
        return digits.Length > 2 && digits[0] == '0' && digits[1] == '0' && groups[0].Length > 1;
    }

    /// <summary>Whether digits after 00 are grouped, or begin with a code of Europe. Other numbers with zeros before them are not phones.</summary>
    private static bool IsEuropean(DigitGroups groups, int count) => count > 1 || groups.Digits(1)[2] is '3' or '4';

    private static int International(Scan scan, DigitGroups groups, int count, int prefix)
    {
        for (var k = count; k >= 1; k--)
        {
            var digits = groups.Digits(k)[prefix..];
            if (CountryCodes.Find(digits) is not { } country || !EndsAt(scan, groups.End(k)))
            {
                continue;
            }

            var national = digits.Length - country.CodeLength;
            var zeros = TrunkZeros(groups, k, digits, country.CodeLength);
            var fits = country.Fits(national) || country.Fits(national - zeros);
            if (fits && (prefix == 0 || k == groups.Count))
            {
                return k;
            }
        }

        return 0;
    }

    /// <summary>Counts the zero that is written, but not dialled: +49 (0) 171.</summary>
    private static int TrunkZeros(DigitGroups groups, int count, ReadOnlySpan<char> digits, int codeLength)
    {
        for (var i = 1; i < count; i++)
        {
            if (groups[i].Before.Opens && groups[i].Length == 1 && groups.Digits(i + 1)[^1] == '0')
            {
                return 1;
            }
        }

        return digits.Length > codeLength && digits[codeLength] == '0' ? 1 : 0;
    }

    private static bool IsNational(Scan scan, DigitGroups groups, int count, bool bracketed, Func<Context> before)
    {
        var digits = groups.Digits(count);
        if (digits.Length is < MinNamed or > MaxNamed || !HasShape(groups, count))
        {
            return false;
        }

        if ((IsThousands(groups, count) && Signs.HasDecimals(scan, groups.End(count))) || Amounts.IsOne(scan, groups.Start, groups.End(count)))
        {
            return false;
        }

        if (before().Has(Topic.Phone))
        {
            return true;
        }

        if (before().Label is Topic.Thing or Topic.Version or Topic.Id or Topic.Card || FollowsMixedWord(scan, groups.Start))
        {
            return false;
        }

        return digits.Length <= MaxNational
            && ((bracketed && digits.Length >= 8 && groups[0].Length is >= 2 and <= 5)
                || IsTrunk(scan, groups, count, digits)
                || IsNorthAmerican(scan, groups, count)
                || IsItalian(groups, count)
                || IsBrazilian(groups, count)
                || IsNineDigits(scan, groups, count));
    }

    private static bool HasShape(DigitGroups groups, int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (groups[i].Length < 2 && !(i == 0 && groups.Digits(1)[0] == '1') && !groups[i].Before.Opens)
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsTrunk(Scan scan, DigitGroups groups, int count, ReadOnlySpan<char> digits) =>
        digits[0] == '0' && digits[1] != '0'
        && (count == 1
            ? LooksLikeOne(groups)
            : digits.Length >= TrunkLeast && groups[0].Length is >= 2 and <= 5
                && !(count > 5 && groups.HasLengths([2, 2, 2, 2, 2]))
                && !IsInBlocks(scan, groups, count)
                && (count < 3 || groups[count - 1].Length > 2 || groups[count - 2].Length < 5));

    /// <summary>Whether all groups have four digits, as have the group before or after them: the number of a parcel.</summary>
    private static bool IsInBlocks(Scan scan, DigitGroups groups, int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (groups[i].Length != 4)
            {
                return false;
            }
        }

        return Signs.FollowsDigits(scan, groups.Start) || (groups.Count > count && groups[count].Length == 4);
    }

    /// <summary>Italian mobile numbers, which have no zero before them.</summary>
    private static bool IsItalian(DigitGroups groups, int count) =>
        (groups.HasLengths([3, 3, 4]) ? count == 3 : groups.HasLengths([3, 7]) && count == 2)
        && groups.Digits(1)[0] == '3' && groups.Digits(1)[1] >= '2';

    private static bool IsNorthAmerican(Scan scan, DigitGroups groups, int count)
    {
        var code = count == 4 && groups[0].Length == 1 && groups.Digits(1)[0] == '1' ? 1 : 0;
        if (count != code + 3 || Signs.FollowsDigits(scan, groups.Start))
        {
            return false;
        }

        var digits = groups.Digits(count);
        return groups[code].Length == 3 && groups[code + 1].Length == 3 && groups[code + 2].Length == 4
            && digits[code] >= '2' && digits[code + 3] >= '2';
    }

    private static bool IsBrazilian(DigitGroups groups, int count) =>
        count == 3 && groups[2].Before.Sign == '-' && groups[1].Before.Sign == ' '
        && (groups.HasLengths([2, 5, 4]) || groups.HasLengths([2, 4, 4]));

    /// <summary>Numbers of Spain, Poland and Portugal, which have no zero before them.</summary>
    private static bool IsNineDigits(Scan scan, DigitGroups groups, int count)
    {
        var digits = groups.Digits(count);
        if (digits.Length != 9 || digits[0] is '0' || Signs.FollowsDigits(scan, groups.Start))
        {
            return false;
        }

        for (var i = 1; i < count; i++)
        {
            if (groups[i].Before.Sign is not (' ' or '-') || groups[i].Before.Sign != groups[1].Before.Sign)
            {
                return false;
            }
        }

        // Another three digits make it an amount in thousands.
        return (count == 3 && groups.HasLengths([3, 3, 3]) && IsAreaOfNine(digits) && !(groups.Count > 3 && groups[3].Length == 3))
            || (count == 4 && groups.HasLengths([3, 2, 2, 2]) && digits[0] >= '5')
            || (count == 4 && groups.HasLengths([2, 3, 2, 2]));
    }

    /// <summary>The beginnings of numbers in Portugal (2, 9), Poland (45, 5 to 8) and Spain (6 to 9).</summary>
    private static bool IsAreaOfNine(ReadOnlySpan<char> digits) => digits[0] switch
    {
        '2' => digits[1] != '0',
        '4' => digits[1] == '5',
        '5' or '6' or '7' or '8' or '9' => true,
        _ => false,
    };

    /// <summary>Whether the digits are written as an amount: together, or in groups of three.</summary>
    private static bool IsThousands(DigitGroups groups, int count)
    {
        for (var i = 1; i < count; i++)
        {
            if (groups[i].Length != 3)
            {
                return false;
            }
        }

        return (count == 1 || groups[0].Length <= 3) && groups.Digits(1)[0] != '0';
    }

    private static bool IsDate(DigitGroups groups)
    {
        if (groups.Count < 3 || groups[1].Before.Sign != groups[2].Before.Sign || groups[1].Before.Sign is not ('.' or '-' or '/' or ' '))
        {
            return false;
        }

        var digits = groups.Digits(3);
        var (a, b, c) = (groups[0].Length, groups[1].Length, groups[2].Length);
        if (b > 2 || a + b + c > 8)
        {
            return false;
        }

        var first = Checksums.Number(digits[..a]);
        var second = Checksums.Number(digits[a..(a + b)]);
        var third = Checksums.Number(digits[(a + b)..]);
        var isDay = Checksums.IsDay(second, first) || Checksums.IsDay(first, second);
        if (a == 4)
        {
            return first is >= 1900 and < 2100 && Checksums.IsDay(second, third);
        }

        return a <= 2 && isDay
            && ((c == 4 && third is >= 1900 and < 2100) || (c == 2 && groups.Count == 3 && groups[1].Before.Sign != ' '));
    }

    private static bool BeginsAt(Scan scan, int start) => Signs.BeginsAt(scan, start);

    private static bool EndsAt(Scan scan, int end) => Signs.EndsAt(scan, end);

    /// <summary>Whether the word before has letters and digits: the number is a part of a longer one, such as 1Z 999 AA1 01 2345 6784.</summary>
    private static bool FollowsMixedWord(Scan scan, int start)
    {
        var (letters, digits) = (false, false);
        if (Signs.IsSpace(scan[start - 1]))
        {
            for (var i = start - 2; i > start - 20 && char.IsLetterOrDigit(scan[i]); i--)
            {
                letters |= char.IsLetter(scan[i]);
                digits |= char.IsAsciiDigit(scan[i]);
            }
        }

        return letters && digits;
    }
}
