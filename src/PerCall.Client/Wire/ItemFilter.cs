using System.Text.Json;
using System.Text.Json.Serialization;

namespace PerCall.Client.Wire;

/// <summary>A filter by attributes, each with one value or several: <c>{"category": "books", "maker": ["a", "b"]}</c>.</summary>
internal sealed class ItemFilter : JsonConverter<IReadOnlyDictionary<string, IReadOnlyList<string>>>
{
    private static readonly OneOrManyTexts Values = new();

    public override IReadOnlyDictionary<string, IReadOnlyList<string>> Read(
        ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("expected an object of attributes, each with a string or an array of strings.");
        }

        var filter = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            filter[name] = Values.Read(ref reader, typeof(IReadOnlyList<string>), options);
        }

        return filter;
    }

    public override void Write(
        Utf8JsonWriter writer, IReadOnlyDictionary<string, IReadOnlyList<string>> value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var (name, values) in value)
        {
            writer.WritePropertyName(name);
            Values.Write(writer, values, options);
        }

        writer.WriteEndObject();
    }
}
