using System.Text.Json;

namespace PerCall.Inference.Recommend.Packaging;

/// <summary>Writes users and items as JSON Lines, in the order of their indexes.</summary>
internal static class CatalogWriter
{
    private static ReadOnlySpan<byte> LineEnd => "\n"u8;

    public static void WriteUsers(IReadOnlyList<string> users, string path) =>
        WriteLines(path, users, static (json, user) => json.WriteStringValue(user));

    public static void WriteItems(IReadOnlyList<CatalogItem> items, string path) => WriteLines(path, items, static (json, item) =>
    {
        json.WriteStartObject();
        json.WriteString("id", item.Id);
        if (item.Title is not null)
        {
            json.WriteString("title", item.Title);
        }

        if (item.Attributes is { Count: > 0 } attributes)
        {
            json.WriteStartObject("attributes");
            foreach (var (name, value) in attributes)
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    });

    private static void WriteLines<T>(string path, IEnumerable<T> values, Action<Utf8JsonWriter, T> write)
    {
        using var stream = new BufferedStream(File.Create(path), 1 << 16);
        using var json = new Utf8JsonWriter(
            stream, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        foreach (var value in values)
        {
            write(json, value);
            json.Flush();
            stream.Write(LineEnd);
            json.Reset();
        }
    }
}
