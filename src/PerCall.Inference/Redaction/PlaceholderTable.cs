namespace PerCall.Inference.Redaction;

/// <summary>The placeholders of a call, sorted, and what to insert for each.</summary>
internal sealed class PlaceholderTable
{
    private readonly string[] _sorted;
    private readonly Dictionary<string, string> _inserted;
    private readonly Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> _find;

    public PlaceholderTable(IReadOnlyDictionary<string, string> values, Func<string, string> escape)
    {
        _inserted = values.ToDictionary(v => v.Key, v => escape(v.Value), StringComparer.Ordinal);
        _find = _inserted.GetAlternateLookup<ReadOnlySpan<char>>();
        _sorted = [.. _inserted.Keys.Order(StringComparer.Ordinal)];
        MaxLength = _sorted.Length == 0 ? 0 : _sorted.Max(p => p.Length);
    }

    /// <summary>Length of the longest placeholder; 0 without placeholders.</summary>
    public int MaxLength { get; }

    public bool TryGet(ReadOnlySpan<char> placeholder, out string? inserted) => _find.TryGetValue(placeholder, out inserted);

    /// <summary>Whether a placeholder begins with the text.</summary>
    public bool AnyStartsWith(ReadOnlySpan<char> text)
    {
        var (low, high) = (0, _sorted.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_sorted[middle].AsSpan().SequenceCompareTo(text) < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low < _sorted.Length && _sorted[low].AsSpan().StartsWith(text);
    }
}
