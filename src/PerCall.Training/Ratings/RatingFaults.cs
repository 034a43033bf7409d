namespace PerCall.Training.Ratings;

/// <summary>The errors of a file of ratings: the first hundred, and their total number.</summary>
internal sealed class RatingFaults
{
    public const int Listed = 100;

    private readonly List<string> _lines = [];

    public int Count { get; private set; }

    /// <param name="line">The line of the file, starting at 1.</param>
    /// <param name="problem">The invalid value, and what was expected.</param>
    public void Add(long line, string problem)
    {
        Count++;
        if (_lines.Count < Listed)
        {
            _lines.Add($"line {line}: {problem}");
        }
    }

    /// <exception cref="TrainingException">The file has errors.</exception>
    public void ThrowIfAny(string file)
    {
        if (Count > 0)
        {
            var rest = Count > Listed ? $"\nand {Count - Listed} more" : "";
            throw new TrainingException($"{file} has {Count} fault(s); nothing was trained:\n{string.Join('\n', _lines)}{rest}");
        }
    }

    /// <summary>Shortens a value for a message, on one line.</summary>
    public static string Show(string value)
    {
        var text = value.Length > 60 ? $"{value.AsSpan(0, 60)}…" : value;
        return $"'{string.Concat(text.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? $"\\u{(int)c:x4}" : c.ToString()))}'";
    }
}
