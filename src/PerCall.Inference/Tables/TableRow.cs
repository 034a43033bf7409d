using System.Text.Json;
using PerCall.Inference.Pipelines;

namespace PerCall.Inference.Tables;

/// <summary>A row of a table: values by column name, in any order.</summary>
/// <param name="Cells">The values. A column of the model may be missing if it has a default.</param>
public sealed record TableRow(IReadOnlyList<TableCell> Cells) : ModelInput
{
    /// <summary>Reads a row from a JSON object. Its values are checked against a model's columns later.</summary>
    /// <param name="reader">The reader, at the start of the object. It is left at the end of the object.</param>
    public static TableRow Read(ref Utf8JsonReader reader)
    {
        var cells = new List<TableCell>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            cells.Add(TableCell.Read(name, ref reader));
        }

        return new(cells);
    }
}

/// <summary>A value of a row.</summary>
/// <param name="Column">The column's name.</param>
/// <param name="Kind">The kind of the value.</param>
/// <param name="Number">The number; 1 or 0 for a Boolean value.</param>
/// <param name="Text">The text; null for other kinds.</param>
public readonly record struct TableCell(string Column, CellKind Kind, double Number, string? Text)
{
    /// <summary>Creates a cell of a CSV file. The column's type decides what it is; an empty cell is missing.</summary>
    public static TableCell OfFile(string column, string text) =>
        text.Length == 0 ? new(column, CellKind.Missing, 0, null) : new(column, CellKind.Untyped, 0, text);

    /// <summary>Reads a cell from a JSON value.</summary>
    /// <param name="column">The column's name.</param>
    /// <param name="reader">The reader, at the start of the value. It is left at the end of the value.</param>
    public static TableCell Read(string column, ref Utf8JsonReader reader)
    {
        TableCell cell = reader.TokenType switch
        {
            JsonTokenType.Number => new(column, CellKind.Number, reader.GetDouble(), null),
            JsonTokenType.String => new(column, CellKind.Text, 0, reader.GetString()),
            JsonTokenType.True => new(column, CellKind.Bool, 1, null),
            JsonTokenType.False => new(column, CellKind.Bool, 0, null),
            JsonTokenType.Null => new(column, CellKind.Missing, 0, null),
            JsonTokenType.StartObject => new(column, CellKind.Object, 0, null),
            _ => new(column, CellKind.Array, 0, null),
        };
        reader.Skip();
        return cell;
    }

    /// <summary>Creates a cell of a JSON value.</summary>
    public static TableCell Of(string column, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => new(column, CellKind.Number, value.GetDouble(), null),
        JsonValueKind.String => new(column, CellKind.Text, 0, value.GetString()),
        JsonValueKind.True => new(column, CellKind.Bool, 1, null),
        JsonValueKind.False => new(column, CellKind.Bool, 0, null),
        JsonValueKind.Object => new(column, CellKind.Object, 0, null),
        JsonValueKind.Array => new(column, CellKind.Array, 0, null),
        _ => new(column, CellKind.Missing, 0, null),
    };
}

/// <summary>Kinds of values of a row.</summary>
public enum CellKind
{
    /// <summary>No value.</summary>
    Missing,

    /// <summary>A number; infinite if the JSON number is too large for float64.</summary>
    Number,

    /// <summary>A text.</summary>
    Text,

    /// <summary>True or false.</summary>
    Bool,

    /// <summary>Text that stands for any type, for example in a CSV file.</summary>
    Untyped,

    /// <summary>A JSON object, which no column takes.</summary>
    Object,

    /// <summary>A JSON array, which no column takes.</summary>
    Array,
}
