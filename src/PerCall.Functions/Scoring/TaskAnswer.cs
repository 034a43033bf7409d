using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace PerCall.Functions.Scoring;

/// <summary>An answer as the API gives it.</summary>
public abstract class TaskAnswer
{
    /// <summary>Writes what a single call would answer as its body.</summary>
    public abstract void WriteTo(Utf8JsonWriter writer);

    /// <summary>
    /// The same as a few cells of a table, in the order of <see cref="ITaskScorer.Columns"/>. Objects are text or numbers.
    /// </summary>
    public abstract IReadOnlyList<object?> Cells { get; }
}

/// <param name="body">The wire record.</param>
/// <param name="type">How it is written.</param>
/// <param name="cells">The record as cells.</param>
public sealed class TaskAnswer<T>(T body, JsonTypeInfo<T> type, Func<T, IReadOnlyList<object?>> cells) : TaskAnswer
{
    public override IReadOnlyList<object?> Cells => cells(body);

    public override void WriteTo(Utf8JsonWriter writer) => JsonSerializer.Serialize(writer, body, type);
}
