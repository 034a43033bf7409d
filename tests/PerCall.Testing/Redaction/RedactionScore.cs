using PerCall.Inference.Redaction;

namespace PerCall.Testing.Redaction;

/// <summary>
/// Counts what a redactor finds in generated texts. A value is found if a finding has its kind and exactly its place. Any other finding is
/// wrong.
/// </summary>
public sealed class RedactionScore
{
    private readonly Dictionary<(RedactionKind Kind, string Language), Counts> _counts = [];
    private readonly Dictionary<(RedactionKind Kind, string Form), Counts> _forms = [];

    /// <summary>Missed values and wrong findings, at most 200, as text for people.</summary>
    public List<string> Faults { get; } = [];

    public long Texts { get; private set; }

    public void Add(Redactor redactor, LabelledText text)
    {
        Texts++;
        var found = redactor.Redact(text.Text, out _).Found;
        foreach (var value in text.Values)
        {
            var hit = found.Any(f => f.Kind == value.Kind && f.Start == value.Start && f.End == value.End);
            Counts[] counts = [Of(_counts, (value.Kind, text.Language)), Of(_forms, (value.Kind, value.Form))];
            foreach (var count in counts)
            {
                count.Values++;
                count.Hits += hit ? 1 : 0;
            }

            if (!hit)
            {
                Note("missed", value.Kind, text, value.Start, value.End);
            }
        }

        foreach (var finding in found)
        {
            var count = Of(_counts, (finding.Kind, text.Language));
            count.Findings++;
            if (!text.Values.Any(v => v.Kind == finding.Kind && v.Start == finding.Start && v.End == finding.End))
            {
                count.Wrong++;
                Note("wrong", finding.Kind, text, finding.Start, finding.End);
            }
        }
    }

    /// <summary>Returns the counts of a kind, over one language or all.</summary>
    public ScoreLine Of(RedactionKind kind, string? language = null)
    {
        var counts = _counts
            .Where(c => c.Key.Kind == kind && (language is null || c.Key.Language == language)).Select(c => c.Value).ToList();
        return new(counts.Sum(c => c.Values), counts.Sum(c => c.Hits), counts.Sum(c => c.Findings), counts.Sum(c => c.Wrong));
    }

    /// <summary>Returns found values by form.</summary>
    public IEnumerable<(RedactionKind Kind, string Form, long Values, long Found)> Forms() =>
        _forms.Select(f => (f.Key.Kind, f.Key.Form, f.Value.Values, f.Value.Hits))
            .OrderBy(f => f.Kind).ThenBy(f => f.Form, StringComparer.Ordinal);

    private static Counts Of<TKey>(Dictionary<TKey, Counts> all, TKey key) where TKey : notnull
    {
        if (!all.TryGetValue(key, out var counts))
        {
            all.Add(key, counts = new());
        }

        return counts;
    }

    private void Note(string what, RedactionKind kind, LabelledText text, int start, int end)
    {
        if (Faults.Count < 200)
        {
            Faults.Add($"{what} {kind} ({text.Language}) '{text.Text[start..end]}' in '{text.Text}'");
        }
    }

    private sealed class Counts
    {
        public long Values { get; set; }

        public long Hits { get; set; }

        public long Findings { get; set; }

        public long Wrong { get; set; }
    }
}

/// <summary>The counts of a kind.</summary>
/// <param name="Values">Values in the texts.</param>
/// <param name="Found">Values that were found.</param>
/// <param name="Findings">All findings.</param>
/// <param name="Wrong">Findings that are not a value of the kind.</param>
public readonly record struct ScoreLine(long Values, long Found, long Findings, long Wrong)
{
    public double Recall => Values == 0 ? 1 : (double)Found / Values;

    public double Precision => Findings == 0 ? 1 : 1 - ((double)Wrong / Findings);
}
