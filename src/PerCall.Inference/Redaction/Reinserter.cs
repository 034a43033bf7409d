using System.Text;

namespace PerCall.Inference.Redaction;

/// <summary>
/// Puts values back in the place of their placeholders, in a text that arrives in pieces. It holds back at most the beginning of one
/// placeholder. Not thread-safe.
/// </summary>
public sealed class Reinserter
{
    private readonly PlaceholderTable _table;
    private string _held = "";

    internal Reinserter(PlaceholderTable table) => _table = table;

    /// <summary>Number of UTF-16 units that are held back: fewer than the longest placeholder has.</summary>
    public int Held => _held.Length;

    /// <summary>Takes the next piece, and returns what can be sent now; empty: everything is held back.</summary>
    public string Push(string delta)
    {
        if (_held.Length == 0 && (_table.MaxLength == 0 || !delta.Contains('[', StringComparison.Ordinal)))
        {
            return delta;
        }

        var text = _held + delta;
        _held = "";
        var sent = new StringBuilder(text.Length);
        var copied = 0;
        for (var at = text.IndexOf('[', StringComparison.Ordinal); at >= 0; at = at < text.Length ? text.IndexOf('[', at) : -1)
        {
            var rest = text.AsSpan(at, Math.Min(text.Length - at, _table.MaxLength));
            var end = rest.IndexOf(']');
            if (end >= 0 && _table.TryGet(rest[..(end + 1)], out var value))
            {
                sent.Append(text, copied, at - copied).Append(value);
                at += end + 1;
                copied = at;
            }
            else if (end < 0 && at + rest.Length == text.Length && _table.AnyStartsWith(rest))
            {
                _held = text[at..];
                return sent.Append(text, copied, at - copied).ToString();
            }
            else
            {
                at++;
            }
        }

        return sent.Append(text, copied, text.Length - copied).ToString();
    }

    /// <summary>Ends the text, and returns what was held back. Afterwards another text can begin.</summary>
    public string Flush()
    {
        var rest = _held;
        _held = "";
        return rest;
    }
}
