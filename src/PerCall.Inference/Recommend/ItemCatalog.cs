using System.Collections;
using System.Text.Json;

namespace PerCall.Inference.Recommend;

/// <summary>
/// The items of a package, by index. Lines are validated when they are read, but titles and attributes become objects only on request: a
/// call returns ten of a hundred thousand.
/// </summary>
internal sealed class ItemCatalog : IReadOnlyList<CatalogItem>
{
    private readonly JsonLines _lines;

    private ItemCatalog(JsonLines lines, string[] ids) => (_lines, Ids) = (lines, ids);

    /// <summary>Ids by index.</summary>
    public IReadOnlyList<string> Ids { get; }

    public int Count => Ids.Count;

    public CatalogItem this[int index] => Parse(_lines[index], Ids[index]);

    /// <exception cref="InvalidDataException">A line is invalid; the message names file and line.</exception>
    public static ItemCatalog Read(string path)
    {
        var lines = JsonLines.Read(path);
        return new(lines, lines.Select(Id));
    }

    public IEnumerator<CatalogItem> GetEnumerator() => Enumerable.Range(0, Count).Select(i => this[i]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Checks a line and reads only its id.</summary>
    private static string Id(ref Utf8JsonReader json)
    {
        JsonLines.Expect(json.TokenType == JsonTokenType.StartObject, "expected an object {\"id\", \"title\"?, \"attributes\"?}.");
        string? id = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("id"u8))
            {
                json.Read();
                id = JsonLines.String(ref json, "'id'");
            }
            else if (json.ValueTextEquals("title"u8))
            {
                JsonLines.Expect(json.Read() && json.TokenType == JsonTokenType.String, "'title' must be a string.");
            }
            else if (json.ValueTextEquals("attributes"u8))
            {
                CheckAttributes(ref json);
            }
            else
            {
                throw new JsonException($"unknown member '{json.GetString()}'; allowed: id, title, attributes.");
            }
        }

        return id ?? throw new JsonException("'id' is missing.");
    }

    private static void CheckAttributes(ref Utf8JsonReader json)
    {
        JsonLines.Expect(json.Read() && json.TokenType == JsonTokenType.StartObject, "'attributes' must be an object of strings.");
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json;
            if (!json.Read() || json.TokenType != JsonTokenType.String)
            {
                throw new JsonException($"the attribute '{name.GetString()}' must be a string.");
            }
        }
    }

    private static CatalogItem Parse(ReadOnlySpan<byte> line, string id)
    {
        var json = new Utf8JsonReader(line);
        json.Read();
        string? title = null;
        Dictionary<string, string>? attributes = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("title"u8))
            {
                json.Read();
                title = json.GetString();
            }
            else if (json.ValueTextEquals("attributes"u8))
            {
                json.Read();
                attributes = Attributes(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        return new(id, title, attributes);
    }

    private static Dictionary<string, string> Attributes(ref Utf8JsonReader json)
    {
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString()!;
            json.Read();
            attributes[name] = json.GetString()!;
        }

        return attributes;
    }
}
