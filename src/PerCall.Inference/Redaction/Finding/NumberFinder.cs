namespace PerCall.Inference.Redaction.Finding;

/// <summary>Finds what is written in groups of digits: cards, phone numbers and most national ids.</summary>
internal sealed class NumberFinder : IFinder
{
    public IReadOnlyList<RedactionKind> Kinds { get; } = [RedactionKind.Card, RedactionKind.Phone, RedactionKind.NationalId];

    public void Find(Scan scan)
    {
        var groups = new DigitGroups();
        var i = 0;
        while (i < scan.Length)
        {
            if (!char.IsAsciiDigit(scan[i]))
            {
                i++;
                continue;
            }

            var end = groups.Read(scan, i);
            if (groups.Count > 0)
            {
                Find(scan, groups);
            }

            if (scan.Wants(RedactionKind.NationalId))
            {
                FrenchNumber.Find(scan, i);
            }

            i = end;
        }
    }

    private static void Find(Scan scan, DigitGroups groups)
    {
        Context? context = null;
        Context Before() => context ??= Context.Before(scan, groups.Start);

        if (scan.Wants(RedactionKind.Card))
        {
            Cards.Find(scan, groups, Before);
        }

        if (scan.Wants(RedactionKind.NationalId))
        {
            DigitIds.Find(scan, groups, Before);
        }

        if (scan.Wants(RedactionKind.Phone))
        {
            Phones.Find(scan, groups, Before);
        }
    }
}
