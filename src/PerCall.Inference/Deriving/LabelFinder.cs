using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace PerCall.Inference.Deriving;

/// <summary>Finds the names of a model's labels in its files and its graph.</summary>
internal static partial class LabelFinder
{
    private const long MaxListBytes = 16 << 20;

    private static readonly string[] Operators =
        ["ZipMap", "TreeEnsembleClassifier", "LinearClassifier", "SVMClassifier", "LabelEncoder", "ArrayFeatureExtractor"];

    /// <summary>Returns the labels and where they are; null if the files do not name them.</summary>
    /// <param name="draft">The files.</param>
    /// <param name="graph">The graph.</param>
    /// <param name="count">The number of labels; null if the graph does not say it.</param>
    public static (IReadOnlyList<string> Labels, string Source)? Find(Draft draft, GraphFacts graph, int? count) =>
        new Func<(IReadOnlyList<string>, string)?>[]
            {
                () => OfConfig(draft.Folder),
                () => OfUltralytics(graph),
                () => OfMetadata(graph, count),
                () => OfOperators(graph, count),
                () => OfLists(draft.Folder, count),
            }
            .Select(find => find())
            .FirstOrDefault(found => found is var (labels, _) && labels.Count > 0 && (count is null || labels.Count == count));

    /// <summary>Reads labels from a file that the owner names: a list, or an object by index, in JSON, or one label a line.</summary>
    /// <returns>Null if the file has neither form.</returns>
    public static IReadOnlyList<string>? Read(ModelFolder folder, string file) => file.EndsWith(".json", StringComparison.OrdinalIgnoreCase)
        ? folder.Read(file) is { } json ? Lists(json).FirstOrDefault() : null
        : Lines(folder, file);

    /// <summary>Returns names without line breaks, none of them empty: a file of labels has one a line.</summary>
    public static IReadOnlyList<string> Clean(IReadOnlyList<string> labels) =>
        [.. labels.Select((l, i) => LineBreaks().Replace(l, " ").Trim() is { Length: > 0 } name ? name : Number(i))];

    /// <summary>Returns the numbers from 0 as labels.</summary>
    public static IReadOnlyList<string> Numbers(int count) => [.. Enumerable.Range(0, count).Select(Number)];

    private static string Number(int i) => i.ToString(CultureInfo.InvariantCulture);

    private static (IReadOnlyList<string>, string)? OfConfig(ModelFolder folder) =>
        folder.Config is not { } config ? null
        : ByIndex(config["id2label"]) is { } labels ? (labels, "config.json: id2label")
        : config["label_names"] is JsonArray names && Texts(names) is { } listed ? (listed, "config.json: label_names")
        : null;

    /// <summary>Ultralytics writes a Python dictionary: <c>{0: 'person', 1: 'bicycle'}</c>.</summary>
    private static (IReadOnlyList<string>, string)? OfUltralytics(GraphFacts graph)
    {
        if (!graph.Onnx.Metadata.TryGetValue("names", out var names))
        {
            return null;
        }

        var entries = Entry().Matches(names)
            .Select(m => (Index: int.Parse(m.Groups["index"].Value, CultureInfo.InvariantCulture), Name: m.Groups["name"].Value))
            .OrderBy(e => e.Index).ToList();
        return entries.Count > 0 && entries.Select(e => e.Index).SequenceEqual(Enumerable.Range(0, entries.Count))
            ? ([.. entries.Select(e => e.Name.Replace("\\'", "'", StringComparison.Ordinal))], "the graph's metadata: names")
            : null;
    }

    /// <summary>Looks for a list in the metadata: as JSON, or separated by commas.</summary>
    private static (IReadOnlyList<string>, string)? OfMetadata(GraphFacts graph, int? count)
    {
        foreach (var (key, value) in graph.Onnx.Metadata.Where(m => Name().IsMatch(m.Key)))
        {
            var lists = Parse(value) is { } json ? Lists(json) : [value.Split(',', StringSplitOptions.TrimEntries)];
            if (lists.FirstOrDefault(l => l.Count > 1 && (count is null || l.Count == count)) is { } labels)
            {
                return (labels, $"the graph's metadata: {key}");
            }
        }

        return null;
    }

    private static JsonNode? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static (IReadOnlyList<string>, string)? OfOperators(GraphFacts graph, int? count)
    {
        foreach (var node in graph.Classical.Where(n => Operators.Contains(n.OpType)))
        {
            foreach (var attribute in node.Attribute.Where(
                a => a.Name is "classlabels_strings" or "classlabels_int64s" or "classlabels_ints" or "values_strings"))
            {
                IReadOnlyList<string> labels = attribute.Ints.Count > 0
                    ? Names(graph, attribute.Ints)
                    : [.. attribute.Strings.Select(s => s.ToStringUtf8())];
                if (labels.Count > 0 && (count is null || labels.Count == count))
                {
                    return (labels, $"the graph's operator {node.OpType}: {attribute.Name}");
                }
            }
        }

        return null;
    }

    /// <summary>Returns the names of numbered classes. ML.NET has them in an operator behind the one that chooses a number.</summary>
    private static IReadOnlyList<string> Names(GraphFacts graph, IReadOnlyCollection<long> classes)
    {
        foreach (var encoder in graph.Classical.Where(n => n.OpType == "LabelEncoder"))
        {
            var keys = encoder.Attribute.FirstOrDefault(a => a.Name == "keys_int64s")?.Ints;
            var values = encoder.Attribute.FirstOrDefault(a => a.Name == "values_strings")?.Strings;
            if (keys is not null && values?.Count == keys.Count && classes.All(keys.Contains))
            {
                return [.. classes.Select(c => values[keys.IndexOf(c)].ToStringUtf8())];
            }
        }

        return [.. classes.Select(c => c.ToString(CultureInfo.InvariantCulture))];
    }

    /// <summary>Looks for a file with exactly as many names as there are labels; those whose name says labels first.</summary>
    private static (IReadOnlyList<string>, string)? OfLists(ModelFolder folder, int? count)
    {
        var candidates = folder.Files
            .Where(f => IsList(f) && new FileInfo(folder.Full(f)).Length <= MaxListBytes)
            .OrderByDescending(f => Name().IsMatch(f));
        foreach (var file in candidates)
        {
            var isNamed = Name().IsMatch(file);
            var lists = file.EndsWith(".json", StringComparison.OrdinalIgnoreCase)
                ? Lists(folder.Read(file)!)
                : isNamed && Lines(folder, file) is { } lines ? [lines] : [];
            if (lists.FirstOrDefault(l => count is null ? isNamed : l.Count == count) is { } labels)
            {
                return (labels, file);
            }
        }

        return null;
    }

    private static bool IsList(string file) =>
        Path.GetExtension(file).ToLowerInvariant() is ".json" or ".txt" or ".names" or ".labels"
        && Path.GetFileName(file) is not (Packages.ModelManifest.FileName or "tokenizer.json" or "vocab.json" or "vocab.txt" or "merges.txt"
            or "special_tokens_map.json" or "tokenizer_config.json" or "requirements.txt" or "added_tokens.json");

    private static string[]? Lines(ModelFolder folder, string file)
    {
        string[] lines = [.. File.ReadLines(folder.Full(file)).Select(l => l.Trim())];
        lines = lines is [.. var all, ""] ? all : lines;
        return lines.Length == 0 || lines.Any(l => l.Length == 0) ? null
            // Lists of ImageNet have the WordNet id before the name.
            : lines.All(l => Synset().IsMatch(l)) ? [.. lines.Select(l => Synset().Replace(l, ""))]
            : lines;
    }

    /// <summary>Returns all lists of texts, and objects by index, in a document.</summary>
    private static IEnumerable<IReadOnlyList<string>> Lists(JsonNode node)
    {
        if ((node is JsonArray list ? Texts(list) : ByIndex(node)) is { Count: > 0 } found)
        {
            yield return found;
        }

        var inner = node switch
        {
            JsonArray array => array.AsEnumerable(),
            JsonObject members => members.Select(m => m.Value),
            _ => [],
        };
        foreach (var labels in inner.OfType<JsonNode>().Where(n => n is JsonArray or JsonObject).SelectMany(Lists))
        {
            yield return labels;
        }
    }

    private static List<string>? Texts(JsonArray list) =>
        list.All(e => e is JsonValue value && value.TryGetValue<string>(out _)) ? [.. list.Select(e => e!.GetValue<string>())] : null;

    /// <summary>Reads <c>{"0": "cat", "1": "dog"}</c>, also with <c>["n02123045", "tabby"]</c> as a value.</summary>
    private static List<string>? ByIndex(JsonNode? node)
    {
        if (node is not JsonObject members)
        {
            return null;
        }

        var names = new List<string>(members.Count);
        for (var i = 0; i < members.Count; i++)
        {
            var value = members[Number(i)];
            value = value is JsonArray { Count: > 0 } parts ? parts[^1] : value;
            if (value is not JsonValue text || !text.TryGetValue<string>(out var name))
            {
                return null;
            }

            names.Add(name);
        }

        return names;
    }

    [GeneratedRegex("""(?<index>\d+):\s*(?:'(?<name>(?:[^'\\]|\\.)*)'|"(?<name>(?:[^"\\]|\\.)*)")""")]
    private static partial Regex Entry();

    [GeneratedRegex("label|class|categor|synset|names", RegexOptions.IgnoreCase)]
    private static partial Regex Name();

    [GeneratedRegex(@"^n\d{8}\s+")]
    private static partial Regex Synset();

    [GeneratedRegex(@"[\r\n\u0085\u2028\u2029]+")]
    private static partial Regex LineBreaks();
}
