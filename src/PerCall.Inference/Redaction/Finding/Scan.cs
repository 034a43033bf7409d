namespace PerCall.Inference.Redaction.Finding;

/// <summary>One text that is searched, with what was found so far.</summary>
internal sealed class Scan(string text, IReadOnlyCollection<RedactionKind> kinds)
{
    private readonly List<Candidate> _candidates = [];

    public string Text => text;

    public int Length => text.Length;

    public IReadOnlyList<Candidate> Candidates => _candidates;

    /// <summary>The number of characters that were looked at. Tests compare it between texts of different sizes.</summary>
    public long Work { get; private set; }

    /// <summary>Returns a character; NUL before and after the text.</summary>
    public char this[int index]
    {
        get
        {
            Work++;
            return (uint)index < (uint)text.Length ? text[index] : '\0';
        }
    }

    public bool Wants(RedactionKind kind) => kinds.Contains(kind);

    public void Add(Candidate candidate)
    {
        if (Wants(candidate.Kind))
        {
            _candidates.Add(candidate);
        }
    }

    /// <summary>Returns the position of a character at or after a position; the text's length if it does not occur.</summary>
    public int IndexOf(char wanted, int start)
    {
        var at = start < text.Length ? text.IndexOf(wanted, start) : -1;
        var end = at < 0 ? text.Length : at;
        Work += Math.Max(0, end - start);
        return end;
    }

    /// <summary>Returns the position of a text at or after a position; -1 if it does not occur.</summary>
    public int IndexOf(string wanted, int start)
    {
        var at = start < text.Length ? text.IndexOf(wanted, start, StringComparison.Ordinal) : -1;
        Work += Math.Max(0, (at < 0 ? text.Length : at) - start);
        return at;
    }

    /// <summary>Returns the position after the characters that belong together, at most <paramref name="most"/> of them.</summary>
    public int Skip(int start, Func<char, bool> belongs, int most = int.MaxValue)
    {
        var i = start;
        while (i < text.Length && i - start < most && belongs(text[i]))
        {
            i++;
        }

        Work += i - start + 1;
        return i;
    }
}

/// <summary>A value that may be redacted.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Start">The first UTF-16 unit.</param>
/// <param name="End">The unit after the last one.</param>
/// <param name="Checked">Whether a checksum confirms it.</param>
internal readonly record struct Candidate(RedactionKind Kind, int Start, int End, bool Checked = false)
{
    public int Length => End - Start;
}

/// <summary>Finds candidates of some kinds. Each looks at a bounded number of characters for each one of the text.</summary>
internal interface IFinder
{
    IReadOnlyList<RedactionKind> Kinds { get; }

    void Find(Scan scan);
}
