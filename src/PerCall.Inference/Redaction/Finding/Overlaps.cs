namespace PerCall.Inference.Redaction.Finding;

/// <summary>Chooses between candidates that overlap.</summary>
internal static class Overlaps
{
    // Between candidates of the same length. A name is the least certain.
    private static readonly RedactionKind[] Precedence =
    [
        RedactionKind.Iban, RedactionKind.Card, RedactionKind.NationalId, RedactionKind.Secret, RedactionKind.Email, RedactionKind.Ip,
        RedactionKind.Phone, RedactionKind.Name,
    ];

    /// <summary>Keeps those with a checksum first, then the longest ones. Returns them in the order of the text.</summary>
    public static IReadOnlyList<Candidate> Resolve(IReadOnlyList<Candidate> candidates, int length)
    {
        if (candidates.Count < 2)
        {
            return candidates;
        }

        var taken = new bool[length];
        var kept = new List<Candidate>(candidates.Count);
        foreach (var candidate in candidates
            .OrderByDescending(c => c.Checked)
            .ThenByDescending(c => c.Length)
            .ThenBy(c => Array.IndexOf(Precedence, c.Kind))
            .ThenBy(c => c.Start))
        {
            var span = taken.AsSpan(candidate.Start, candidate.Length);
            if (!span.Contains(true))
            {
                span.Fill(true);
                kept.Add(candidate);
            }
        }

        kept.Sort((a, b) => a.Start.CompareTo(b.Start));
        return kept;
    }
}
