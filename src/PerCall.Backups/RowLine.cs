using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Azure.Data.Tables;

namespace PerCall.Backups;

/// <summary>
/// A row as a line of JSON: <c>{"key":["partition","row"],"values":{…}}</c>. Text, truth values and 32-bit numbers are JSON values. All
/// other types are an object that names the type: <c>{"Int64":"5"}</c>. So each property comes back with the type that it had.
/// </summary>
public static class RowLine
{
    private const string Key = "key";
    private const string Values = "values";

    /// <summary>What storage adds to each row by itself.</summary>
    private static readonly string[] Own = ["PartitionKey", "RowKey", "Timestamp", "odata.etag"];

    /// <summary>Writes a row and a line's end.</summary>
    /// <exception cref="NotSupportedException">A property has a type that tables do not have.</exception>
    public static void Write(IBufferWriter<byte> output, TableEntity row)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteStartArray(Key);
            json.WriteStringValue(row.PartitionKey);
            json.WriteStringValue(row.RowKey);
            json.WriteEndArray();
            json.WriteStartObject(Values);
            foreach (var (name, value) in row.Where(p => p.Value is not null && !Own.Contains(p.Key, StringComparer.Ordinal)))
            {
                json.WritePropertyName(name);
                WriteValue(json, name, value);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    /// <summary>Reads a row.</summary>
    /// <exception cref="JsonException">The line is not a row.</exception>
    public static TableEntity Read(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var key = json.RootElement.GetProperty(Key);
            var row = new TableEntity(key[0].GetString(), key[1].GetString());
            foreach (var property in json.RootElement.GetProperty(Values).EnumerateObject())
            {
                row[property.Name] = ReadValue(property.Value);
            }

            return row;
        }
        catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException or FormatException or IndexOutOfRangeException)
        {
            throw new JsonException("The line is not a row.", e);
        }
    }

    private static void WriteValue(Utf8JsonWriter json, string name, object value)
    {
        switch (value)
        {
            case string text:
                json.WriteStringValue(text);
                return;
            case bool truth:
                json.WriteBooleanValue(truth);
                return;
            case int number:
                json.WriteNumberValue(number);
                return;
        }

        var (type, written) = value switch
        {
            long number => ("Int64", number.ToString(CultureInfo.InvariantCulture)),
            double number => ("Double", number.ToString("R", CultureInfo.InvariantCulture)),
            DateTimeOffset time => ("DateTime", time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)),
            DateTime time => ("DateTime", time.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture)),
            Guid id => ("Guid", id.ToString("D")),
            byte[] bytes => ("Binary", Convert.ToBase64String(bytes)),
            BinaryData bytes => ("Binary", Convert.ToBase64String(bytes)),
            _ => throw new NotSupportedException($"The property '{name}' is a {value.GetType().Name}, which backups do not know."),
        };
        json.WriteStartObject();
        json.WriteString(type, written);
        json.WriteEndObject();
    }

    private static object ReadValue(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => value.GetInt32(),
        _ => ReadTyped(value.EnumerateObject().Single()),
    };

    private static object ReadTyped(JsonProperty typed)
    {
        var text = typed.Value.GetString()!;
        return typed.Name switch
        {
            "Int64" => long.Parse(text, CultureInfo.InvariantCulture),
            "Double" => double.Parse(text, CultureInfo.InvariantCulture),
            "DateTime" => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),
            "Guid" => Guid.Parse(text),
            "Binary" => Convert.FromBase64String(text),
            _ => throw new JsonException($"A backup's row has a value of the unknown type '{typed.Name}'."),
        };
    }
}
