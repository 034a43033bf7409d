using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using PerCall.Client.Wire;

namespace PerCall.Functions.Requests;

/// <summary>
/// The wire's records as requests are read: a member that a record does not have is a fault. Clients read answers without that, so that
/// answers may grow.
/// </summary>
public static class RequestJson
{
    public static WireJson Wire { get; } = new(Strict(WireJson.Default));

    /// <summary>The options of a context, with which a member that a form does not have is a fault.</summary>
    public static JsonSerializerOptions Strict(JsonSerializerContext context) =>
        new(context.Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    /// <summary>Whether a member that the form does not have is a fault.</summary>
    public static bool RefusesUnknownMembers(JsonTypeInfo type) =>
        (type.UnmappedMemberHandling ?? type.Options.UnmappedMemberHandling) == JsonUnmappedMemberHandling.Disallow;
}
