using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace PerCall.Functions.Scoring;

/// <summary>An answer of the API.</summary>
public abstract class TaskAnswer
{
    /// <summary>Writes the body that a single call would return.</summary>
    public abstract void WriteTo(Utf8JsonWriter writer);

    /// <summary>
    /// The answer as cells of a table row, in the order of <see cref="IInputReader.Columns"/>. Cells are text or numbers.
    /// </summary>
    public abstract IReadOnlyList<object?> Cells { get; }
}

/// <param name="body">The wire record.</param>
/// <param name="type">How the record is serialized.</param>
/// <param name="cells">Returns the record as cells.</param>
public sealed class TaskAnswer<T>(T body, JsonTypeInfo<T> type, Func<T, IReadOnlyList<object?>> cells) : TaskAnswer
{
    public override IReadOnlyList<object?> Cells => cells(body);

    public override void WriteTo(Utf8JsonWriter writer) => JsonSerializer.Serialize(writer, body, type);
}
