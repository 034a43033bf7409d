using System.Text;
using System.Text.Json;

namespace PerCall.Inference.Recommend;

/// <summary>Reads users and items from JSON Lines. By hand, because a package of 100,000 items is loaded while a caller waits.</summary>
internal static class CatalogReader
{
    /// <exception cref="InvalidDataException">A line is not of its form; the message names file and line.</exception>
    public static List<string> Users(string path) => Lines(path, static (ref Utf8JsonReader json) => String(ref json, "a user's id"));

    /// <inheritdoc cref="Users"/>
    public static List<CatalogItem> Items(string path) => Lines(path, Item);

    private delegate T LineReader<out T>(ref Utf8JsonReader json);

    private static List<T> Lines<T>(string path, LineReader<T> read)
    {
        var bytes = File.ReadAllBytes(path).AsSpan();
        if (bytes.StartsWith(Encoding.UTF8.Preamble))
        {
            bytes = bytes[Encoding.UTF8.Preamble.Length..];
        }

        var values = new List<T>();
        while (!bytes.IsEmpty)
        {
            var end = bytes.IndexOf((byte)'\n');
            var line = end < 0 ? bytes : bytes[..end];
            try
            {
                var json = new Utf8JsonReader(line);
                json.Read();
                var value = read(ref json);
                if (json.Read())
                {
                    throw new JsonException("something follows the value.");
                }

                values.Add(value);
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                throw new InvalidDataException($"{Path.GetFileName(path)}, line {values.Count + 1}: {e.Message}", e);
            }

            bytes = end < 0 ? [] : bytes[(end + 1)..];
        }

        return values;
    }

    private static CatalogItem Item(ref Utf8JsonReader json)
    {
        Expect(json.TokenType == JsonTokenType.StartObject, "an object {\"id\", \"title\"?, \"attributes\"?} is expected.");
        string? id = null, title = null;
        Dictionary<string, string>? attributes = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("id"u8))
            {
                json.Read();
                id = String(ref json, "'id'");
            }
            else if (json.ValueTextEquals("title"u8))
            {
                json.Read();
                title = String(ref json, "'title'");
            }
            else if (json.ValueTextEquals("attributes"u8))
            {
                attributes = Attributes(ref json);
            }
            else
            {
                throw new JsonException($"it has a member '{json.GetString()}'; id, title and attributes are read.");
            }
        }

        return new(id ?? throw new JsonException("'id' is missing."), title, attributes);
    }

    private static Dictionary<string, string> Attributes(ref Utf8JsonReader json)
    {
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        Expect(json.Read() && json.TokenType == JsonTokenType.StartObject, "'attributes' must be an object of strings.");
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString()!;
            json.Read();
            attributes[name] = String(ref json, $"the attribute '{name}'");
        }

        return attributes;
    }

    private static string String(ref Utf8JsonReader json, string what)
    {
        Expect(json.TokenType == JsonTokenType.String, $"{what} must be a string.");
        return json.GetString()!;
    }

    private static void Expect(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new JsonException(otherwise);
        }
    }
}
