using System.Text.Json;
using System.Text.Json.Nodes;

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
            return JsonNode.Parse(json, documentOptions: Strict) as JsonObject
                ?? throw new LargeModelRefusedException(400, "invalid_json", "The body has to be a JSON object.");
        }
        catch (JsonException e)
        {
            throw new LargeModelRefusedException(400, "invalid_json", $"The body is not valid JSON: {e.Message}", inner: e);
        }
    }
}
