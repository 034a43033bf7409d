using System.Text;
using System.Text.Json;

namespace PerCall.Functions.OpenInference;

/// <summary>Reads single values of a JSON text. Optional values may be null.</summary>
internal static class JsonValues
{
    private const int MaxShown = 40;

    public static string Text(ref Utf8JsonReader reader, string where) => reader.TokenType == JsonTokenType.String
        ? reader.GetString()!
        : throw InferFaults.Wrong(where, Shown(ref reader), "a string");

    public static string? TextOrNull(ref Utf8JsonReader reader, string where) =>
        reader.TokenType == JsonTokenType.Null ? null : Text(ref reader, where);

    public static bool? Flag(ref Utf8JsonReader reader, string where) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        JsonTokenType.Null => null,
        _ => throw InferFaults.Wrong(where, Shown(ref reader), "true or false"),
    };

    public static long Whole(ref Utf8JsonReader reader, string where) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value)
            ? value
            : throw InferFaults.Wrong(where, Shown(ref reader), "a whole number");

    /// <summary>Describes the current token for an error.</summary>
    public static string Shown(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.Null => "null",
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        JsonTokenType.String when reader.ValueSpan.Length > MaxShown => "a string",
        JsonTokenType.String => $"the string \"{reader.GetString()}\"",
        _ when reader.ValueSpan.Length > MaxShown => "a number",
        _ => Encoding.UTF8.GetString(reader.ValueSpan),
    };
}
