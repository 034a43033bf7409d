using System.Text.Json;

namespace PerCall.Functions.OpenInference;

/// <summary>The members of one JSON object, in order. Names are case-sensitive.</summary>
/// <param name="path">The object, as errors name it; empty for the body.</param>
internal sealed class JsonMembers(string path)
{
    private readonly List<string> _seen = [];

    /// <summary>The last member, as errors name it.</summary>
    public string Where { get; private set; } = "";

    /// <summary>Requires that the reader is at the start of an object.</summary>
    public static JsonMembers Begin(ref Utf8JsonReader reader, string path, string form) => reader.TokenType == JsonTokenType.StartObject
        ? new(path)
        : throw InferFaults.Wrong(path, JsonValues.Shown(ref reader), form);

    /// <summary>Moves to the value of the next member; false: the object ends.</summary>
    public bool Next(ref Utf8JsonReader reader, out string name)
    {
        reader.Read();
        name = "";
        if (reader.TokenType == JsonTokenType.EndObject)
        {
            return false;
        }

        name = reader.GetString()!;
        Where = path.Length == 0 ? name : $"{path}.{name}";
        if (_seen.Contains(name))
        {
            throw InferFaults.Repeated(Where);
        }

        _seen.Add(name);
        reader.Read();
        return true;
    }
}
