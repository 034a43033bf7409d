using System.Text.Encodings.Web;

namespace PerCall.Inference.Redaction;

/// <summary>
/// The placeholders of one call and their values. A value has one placeholder in all texts of the call. Not thread-safe while texts are
/// redacted; afterwards any number of threads can reinsert.
/// </summary>
public sealed class RedactionMap
{
    private readonly Dictionary<(RedactionKind Kind, string Value), string> _placeholders = [];
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _foreign = new(StringComparer.Ordinal);
    private readonly int[] _numbers = new int[RedactionKinds.All.Count];
    private PlaceholderTable? _text;
    private PlaceholderTable? _json;

    /// <summary>Whether nothing was redacted.</summary>
    public bool IsEmpty => _values.Count == 0;

    /// <summary>The number of different values.</summary>
    public int Count => _values.Count;

    /// <summary>The number of values that were replaced, each as often as it occurred.</summary>
    internal long Uses { get; private set; }

    /// <summary>Returns a new reinserter for plain text. Each stream needs its own.</summary>
    public Reinserter Reinserter() => new(_text ??= new(_values, v => v));

    /// <summary>
    /// Returns a new reinserter for text that is JSON, for example the arguments of a tool. Values are escaped as content of JSON strings.
    /// </summary>
    public Reinserter JsonReinserter() => new(_json ??= new(_values, JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode));

    /// <summary>Puts the values back into a whole text.</summary>
    public string Reinsert(string text) => Whole(Reinserter(), text);

    /// <summary>Puts the values back into a whole text that is JSON.</summary>
    public string ReinsertJson(string json) => Whole(JsonReinserter(), json);

    /// <summary>Returns the map for the texts of a call. No value gets what looks like a placeholder in one of them.</summary>
    public static RedactionMap For(params IEnumerable<string> texts)
    {
        var map = new RedactionMap();
        foreach (var text in texts)
        {
            map.Reserve(text);
        }

        return map;
    }

    /// <summary>
    /// Reserves what looks like a placeholder in a text, so that no value gets it. Call this for all texts of a call before the first of
    /// them is redacted.
    /// </summary>
    internal void Reserve(string text)
    {
        for (var at = text.IndexOf('[', StringComparison.Ordinal); at >= 0; at = text.IndexOf('[', at + 1))
        {
            if (Placeholder.LengthAt(text, at) is > 0 and var length)
            {
                _foreign.Add(text.Substring(at, length));
            }
        }
    }

    /// <summary>Describes the map without any value.</summary>
    public override string ToString() => $"{Count} redacted values";

    /// <summary>Returns the placeholder of a value.</summary>
    internal string PlaceholderOf(RedactionKind kind, string value)
    {
        Uses++;
        if (_placeholders.TryGetValue((kind, value), out var known))
        {
            return known;
        }

        string placeholder;
        do
        {
            placeholder = Placeholder.Of(kind, ++_numbers[(int)kind]);
        }
        while (_foreign.Contains(placeholder));

        _placeholders.Add((kind, value), placeholder);
        _values.Add(placeholder, value);
        _text = _json = null;
        return placeholder;
    }

    private static string Whole(Reinserter reinserter, string text) => reinserter.Push(text) + reinserter.Flush();
}
