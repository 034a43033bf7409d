namespace PerCall.Inference.Redaction.Finding;

/// <summary>
/// Finds national ids that have only digits. How many of all numbers of a form pass its check decides what else is required.
/// </summary>
internal static class DigitIds
{
    private delegate bool Check(ReadOnlySpan<char> digits);

    private enum Rule
    {
        /// <summary>The form and the check digits suffice.</summary>
        Suffices,

        /// <summary>No label says that the number is something else, and it does not look like a phone number.</summary>
        Unlabelled,

        /// <summary>A word before the number is about ids.</summary>
        Named,
    }

    private static readonly (int[] Lengths, char Sign, Rule Rule, bool Checked, Check Check)[] Forms =
    [
        ([11], '\0', Rule.Unlabelled, true, Checksums.SteuerId),
        ([2, 3, 3, 3], '\0', Rule.Unlabelled, true, Checksums.SteuerId),
        ([11], '\0', Rule.Unlabelled, true, Checksums.Pesel),
        ([6, 5], '\0', Rule.Suffices, true, Checksums.Pesel),
        ([9], '\0', Rule.Named, true, Checksums.Bsn),
        ([4, 2, 3], '\0', Rule.Named, true, Checksums.Bsn),
        ([3, 3, 3], '\0', Rule.Named, true, Checksums.Bsn),
        ([9], '\0', Rule.Named, true, Checksums.Nif),
        ([3, 3, 3], '\0', Rule.Named, true, Checksums.Nif),
        ([11], '\0', Rule.Unlabelled, true, Checksums.BelgianNumber),
        ([2, 2, 2, 3, 2], '\0', Rule.Suffices, true, Checksums.BelgianNumber),
        ([6, 3, 2], '\0', Rule.Suffices, true, Checksums.BelgianNumber),
        ([6, 5], '\0', Rule.Suffices, true, Checksums.BelgianNumber),
        ([10], '\0', Rule.Unlabelled, true, Checksums.Personnummer),
        ([6, 4], '-', Rule.Suffices, true, Checksums.Personnummer),
        ([6, 4], ' ', Rule.Named, true, Checksums.Personnummer),
        ([12], '\0', Rule.Unlabelled, true, LongPersonnummer),
        ([8, 4], '-', Rule.Unlabelled, true, LongPersonnummer),
        ([10], '\0', Rule.Named, true, Checksums.Nhs),
        ([3, 3, 4], '\0', Rule.Named, true, Checksums.Nhs),
        ([3, 2, 4], '-', Rule.Unlabelled, false, SocialSecurity),
        ([3, 2, 4], ' ', Rule.Named, false, SocialSecurity),
        ([9], '\0', Rule.Named, false, SocialSecurity),
        ([11], '\0', Rule.Unlabelled, true, Checksums.Cpf),
        ([3, 3, 3, 2], '\0', Rule.Suffices, true, Checksums.Cpf),
    ];

    public static void Find(Scan scan, DigitGroups groups, Func<Context> before)
    {
        foreach (var (lengths, sign, rule, isChecked, check) in Forms)
        {
            if (groups.HasLengths(lengths) && (sign == '\0' || groups[1].Before.Sign == sign)
                && check(groups.Digits(lengths.Length))
                && Signs.BeginsAt(scan, groups.Start) && Signs.EndsAt(scan, groups.End(lengths.Length))
                && Holds(rule, groups, before) && !(rule == Rule.Named && Signs.FollowsDigits(scan, groups.Start)))
            {
                scan.Add(new(RedactionKind.NationalId, groups.Start, groups.End(lengths.Length), isChecked));
            }
        }
    }

    private static bool Holds(Rule rule, DigitGroups groups, Func<Context> before) => rule == Rule.Suffices
        || (before().Label != Topic.Phone && before().Has(Topic.Id))
        || (rule == Rule.Unlabelled && before().Label is Topic.None or Topic.Id
            && !(groups[0].Length == 10 && Phones.LooksLikeOne(groups)));

    private static bool LongPersonnummer(ReadOnlySpan<char> digits) =>
        digits[..2] is "18" or "19" or "20" && Checksums.Personnummer(digits[2..]);

    /// <summary>American social security numbers have no check digit; some numbers are never given.</summary>
    private static bool SocialSecurity(ReadOnlySpan<char> digits) =>
        digits[..3] is not ("000" or "666") && digits[0] != '9' && digits[3..5] is not "00" && digits[5..] is not "0000";
}
