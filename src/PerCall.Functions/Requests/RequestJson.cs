using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using PerCall.Client.Wire;

namespace PerCall.Functions.Requests;

/// <summary>
/// JSON options for requests: an unknown member is an error. Clients read responses without this rule, so responses may gain members.
/// </summary>
public static class RequestJson
{
    public static WireJson Wire { get; } = new(Strict(WireJson.Default));

    /// <summary>Returns a context's options, with unknown members rejected.</summary>
    public static JsonSerializerOptions Strict(JsonSerializerContext context) =>
        new(context.Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    /// <summary>Whether unknown members are rejected.</summary>
    public static bool RefusesUnknownMembers(JsonTypeInfo type) =>
        (type.UnmappedMemberHandling ?? type.Options.UnmappedMemberHandling) == JsonUnmappedMemberHandling.Disallow;
}
