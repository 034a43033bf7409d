using System.Text.Json.Serialization;

namespace PerCall.Functions.Upkeep;

/// <summary>The body of a message that starts a round of chores.</summary>
/// <param name="Round">The round's id. If the clock's row names another round, the message does nothing.</param>
public sealed record RoundName(string Round)
{
    /// <summary>The kind of the messages.</summary>
    public const string Kind = "upkeep";
}

[JsonSerializable(typeof(RoundName))]
public sealed partial class RoundJson : JsonSerializerContext;
