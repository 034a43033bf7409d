using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace PerCall.LargeModels.Dialect;

/// <summary>Reads the JSON body of a request.</summary>
public static class RequestBody
{
    // A member that occurs twice would be checked in one of its values, while a provider can use the other.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    /// <summary>Parses a body. Refuses members that occur twice, at any depth.</summary>
    /// <exception cref="LargeModelRefusedException">The body is not a JSON object: 400 with code <c>invalid_json</c>.</exception>
    public static JsonObject Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            CheckText(json);
            return JsonNode.Parse(json, documentOptions: Strict) as JsonObject
                ?? throw new LargeModelRefusedException(400, "invalid_json", "The body is not a JSON object.");
        }
        catch (JsonException e)
        {
            throw new LargeModelRefusedException(400, "invalid_json", $"The body is not valid JSON: {e.Message}", inner: e);
        }
    }

    // JSON can have strings that are not text. They would fail later, where they are counted or sent on.
    private static void CheckText(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
        {
            throw new JsonException("It is not UTF-8.");
        }

        if (json.IndexOf("\\ud"u8) < 0 && json.IndexOf("\\uD"u8) < 0)
        {
            return;
        }

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = Strict.MaxDepth });
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                {
                    _ = reader.GetString();
                }
            }
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException($"The string at byte {reader.TokenStartIndex} has half of a surrogate pair.", e);
        }
    }
}
