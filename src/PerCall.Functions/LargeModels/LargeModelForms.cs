using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using PerCall.LargeModels;

namespace PerCall.Functions.LargeModels;

/// <summary>The forms of the calls' bodies, as error messages show them.</summary>
public static class LargeModelForms
{
    public static string Of(LargeModelEndpoint endpoint) => endpoint switch
    {
        LargeModelEndpoint.ChatCompletions => "{\"model\", \"messages\"}",
        _ => "{\"model\", \"input\"}",
    };
}

// A name that an object has twice would be read in one way here, and perhaps in another by the provider.
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, MaxDepth = 128, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(JsonObject))]
public sealed partial class LargeModelJson : JsonSerializerContext;
