using System.Globalization;
using System.Text.Json;
using PerCall.StandIn.Requests;
using PerCall.StandIn.Scripts;

namespace PerCall.StandIn.Answers;

/// <summary>A value that a JSON Schema allows, as tokens.</summary>
internal sealed class SchemaInstance
{
    private const int TokenLength = 4;
    private const double DefaultProbability = 0.9;

    private readonly List<Piece> _pieces = [];
    private readonly string _hint;
    private readonly string? _label;
    private readonly double _probability;

    private SchemaInstance(string hint, Script script)
    {
        (_hint, _label) = (hint, script.Text("label"));
        _probability = script.Text("p") is { } p ? double.Parse(p, CultureInfo.InvariantCulture) : DefaultProbability;
    }

    /// <param name="schema">The schema; undefined: any object.</param>
    /// <param name="hint">The prompt. The value of an enumeration that it contains is chosen, else the first one.</param>
    /// <param name="script">Its <c>label</c> is chosen instead, with probability <c>p</c>.</param>
    public static IReadOnlyList<Piece> Build(JsonElement schema, string hint, Script script)
    {
        var instance = new SchemaInstance(hint, script);
        instance.Write(schema);
        return instance._pieces;
    }

    private void Write(JsonElement schema)
    {
        if (Asked.Member(schema, "enum") is { ValueKind: JsonValueKind.Array } values)
        {
            WriteEnumeration([.. values.EnumerateArray()]);
            return;
        }

        var type = Asked.Member(schema, "type") is { ValueKind: JsonValueKind.Array } types
            ? types[0].GetString()
            : Asked.Text(schema, "type");
        switch (type)
        {
            case "string":
                Add("\"");
                Add("text");
                Add("\"");
                break;
            case "number" or "integer":
                Add("1");
                break;
            case "boolean":
                Add("true");
                break;
            case "null":
                Add("null");
                break;
            case "array":
                Add("[");
                Write(Asked.Member(schema, "items") ?? default);
                Add("]");
                break;
            default:
                WriteObject(schema);
                break;
        }
    }

    private void WriteObject(JsonElement schema)
    {
        Add("{");
        var first = true;
        if (Asked.Member(schema, "properties") is { ValueKind: JsonValueKind.Object } properties)
        {
            foreach (var property in properties.EnumerateObject())
            {
                Add((first ? "" : ",") + JsonSerializer.Serialize(property.Name) + ":");
                Write(property.Value);
                first = false;
            }
        }

        Add("}");
    }

    private void WriteEnumeration(IReadOnlyList<JsonElement> values)
    {
        var texts = values.Select(v => v.ValueKind == JsonValueKind.String ? v.GetString()! : v.GetRawText()).ToList();
        var chosen = texts.FindIndex(t => t == _label);
        chosen = chosen >= 0 ? chosen : Math.Max(0, texts.FindIndex(t => _hint.Contains(t, StringComparison.OrdinalIgnoreCase)));
        var quoted = values[chosen].ValueKind == JsonValueKind.String;
        if (quoted)
        {
            Add("\"");
        }

        // The labels differ from their first token on, unless they begin alike.
        var others = texts.Count > 1 ? (1 - _probability) / (texts.Count - 1) : 0;
        var alternatives = texts.Select((t, i) => (Text: First(t), Probability: i == chosen ? _probability : others))
            .GroupBy(t => t.Text).Select(g => (g.Key, g.Sum(t => t.Probability))).OrderByDescending(t => t.Item2).ToList();
        var label = texts[chosen];
        _pieces.Add(new(First(label), alternatives));
        for (var at = TokenLength; at < label.Length; at += TokenLength)
        {
            Add(label[at..Math.Min(label.Length, at + TokenLength)]);
        }

        if (quoted)
        {
            Add("\"");
        }
    }

    private static string First(string label) => label[..Math.Min(label.Length, TokenLength)];

    private void Add(string text) => _pieces.Add(new(text, [(text, 1)]));
}
