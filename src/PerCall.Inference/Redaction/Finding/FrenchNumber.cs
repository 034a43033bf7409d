namespace PerCall.Inference.Redaction.Finding;

/// <summary>
/// Finds French NIR: 13 characters and a key of two digits, together or in the usual groups. Corsican departments have a letter.
/// </summary>
internal static class FrenchNumber
{
    private const int Length = 15;
    private const int Letter = 6;

    public static void Find(Scan scan, int start)
    {
        Span<char> characters = stackalloc char[Length];
        var i = start;
        for (var k = 0; k < Length; k++)
        {
            if (k > 0 && (Signs.IsSpace(scan[i]) || Signs.IsDash(scan[i]) || scan[i] is '.' or '/'))
            {
                i++;
            }

            var c = char.ToUpperInvariant(scan[i++]);
            if (!char.IsAsciiDigit(c) && !(k == Letter && c is 'A' or 'B' && characters[k - 1] == '2'))
            {
                return;
            }

            characters[k] = c;
        }

        if (Checksums.Nir(characters) && Signs.BeginsAt(scan, start) && Signs.EndsAt(scan, i))
        {
            scan.Add(new(RedactionKind.NationalId, start, i, Checked: true));
        }
    }
}
