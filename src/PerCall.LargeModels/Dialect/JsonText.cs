using System.Text;
using System.Text.Json;

namespace PerCall.LargeModels.Dialect;

/// <summary>Reads strings of events.</summary>
internal static class JsonText
{
    public static readonly JsonReaderOptions Options = new() { MaxDepth = 128 };

    /// <summary>
    /// Returns the string that the reader is at. A lone half of a surrogate pair, which is not text, comes as its escape.
    /// </summary>
    public static string Read(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            return Encoding.UTF8.GetString(reader.ValueSpan);
        }
    }

    /// <summary>Moves to the value of a member, and reports whether it is a string.</summary>
    public static bool ToString(ref Utf8JsonReader reader) => To(ref reader, JsonTokenType.String);

    public static bool ToObject(ref Utf8JsonReader reader) => To(ref reader, JsonTokenType.StartObject);

    public static bool ToArray(ref Utf8JsonReader reader) => To(ref reader, JsonTokenType.StartArray);

    // Skips a value of another type, so that the reader is at its end.
    private static bool To(ref Utf8JsonReader reader, JsonTokenType type)
    {
        reader.Read();
        if (reader.TokenType == type)
        {
            return true;
        }

        reader.Skip();
        return false;
    }

    /// <summary>Moves to the next member of the object that the reader is in; false: the object ends.</summary>
    public static bool NextMember(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    /// <summary>Moves to the next object in the array that the reader is in; false: the array ends. Skips other values.</summary>
    public static bool NextObject(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                return true;
            }

            reader.Skip();
        }

        return false;
    }
}
