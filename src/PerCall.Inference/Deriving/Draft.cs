using System.Text.Json;
using System.Text.Json.Nodes;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Deriving;

/// <summary>An incomplete manifest, with the source of each member.</summary>
/// <param name="folder">The files.</param>
/// <param name="settings">Answers given in advance, by the name of a question, or values by their path in the manifest.</param>
/// <param name="questions">Answers the other questions.</param>
internal sealed class Draft(ModelFolder folder, IReadOnlyDictionary<string, string> settings, IQuestions questions)
{
    private const int Shown = 80;

    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    public ModelFolder Folder { get; } = folder;

    public JsonObject Manifest { get; } = [];

    public List<DerivedFact> Facts { get; } = [];

    /// <summary>Questions that nobody has answered. The suggestions are used, so that later questions are found too.</summary>
    public List<Question> Open { get; } = [];

    /// <summary>What the owner should know of the model, as sentences.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Labels, if the output has them.</summary>
    public IReadOnlyList<string> Labels { get; set; } = [];

    /// <summary>Sets a member that a file says.</summary>
    public void Set(string member, JsonNode value, string source) => Set(member, value, source, isAssumed: false);

    /// <summary>Sets a member that nothing says to its usual value.</summary>
    public void Assume(string member, JsonNode value, string why) => Set(member, value, why, isAssumed: true);

    /// <summary>Sets a member that is not listed as a fact: it repeats the graph, or follows from another member.</summary>
    public void Put(string member, JsonNode value)
    {
        var parts = member.Split('.');
        var parent = Manifest;
        foreach (var part in parts[..^1])
        {
            if (parent[part] is not JsonObject inner)
            {
                parent[part] = inner = [];
            }

            parent = inner;
        }

        parent[parts[^1]] = value;
    }

    /// <summary>Drops a section that does not suit the model, with the questions that were asked for it.</summary>
    public void Forget(string section)
    {
        Manifest.Remove(section);
        Facts.RemoveAll(f => f.Member.StartsWith($"{section}.", StringComparison.Ordinal));
        Open.Clear();
    }

    /// <summary>Returns the answer to a question.</summary>
    /// <exception cref="PackageRefusedException">The answer given in advance is not allowed.</exception>
    public string Ask(Question question)
    {
        if (Setting(question.Name) is { } given)
        {
            return question.Choices.Count == 0 || question.Choices.Contains(given)
                ? given
                : throw new PackageRefusedException(
                    [new(question.Name, $"is '{given}'; allowed: {string.Join(", ", question.Choices)}.")]);
        }

        if (questions.Ask(question) is { } answer)
        {
            return answer;
        }

        Open.Add(question);
        return question.Suggestion;
    }

    /// <summary>Returns a setting; null if it is not given.</summary>
    public string? Setting(string name)
    {
        _used.Add(name);
        return settings.GetValueOrDefault(name);
    }

    /// <summary>Applies the settings that are paths in the manifest.</summary>
    public void ApplySettings()
    {
        foreach (var (member, text) in settings.Where(s => !_used.Contains(s.Key)))
        {
            Set(member, ValueOf(text, At(member)), "given");
        }
    }

    private void Set(string member, JsonNode value, string source, bool isAssumed)
    {
        Facts.RemoveAll(f => f.Member == member);
        Facts.Add(new(member, Show(value), source, isAssumed));
        Put(member, value);
    }

    private JsonNode? At(string member) =>
        member.Split('.').Aggregate((JsonNode?)Manifest, (node, part) => (node as JsonObject)?[part]);

    /// <summary>
    /// Reads a value as JSON, and everything else as text: <c>bgr</c> needs no quotes. Where a text was derived, all is text, such as the
    /// version 2.
    /// </summary>
    private static JsonNode ValueOf(string text, JsonNode? derived)
    {
        if (derived is JsonValue known && known.TryGetValue<string>(out _))
        {
            return JsonValue.Create(text);
        }

        try
        {
            return JsonNode.Parse(text) ?? JsonValue.Create(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }

    private static string Show(JsonNode value)
    {
        var text = value is JsonValue plain && plain.TryGetValue<string>(out var word) ? word : value.ToJsonString(ManifestJson.Compact);
        return text.Length <= Shown ? text : text[..Shown] + "…";
    }
}
