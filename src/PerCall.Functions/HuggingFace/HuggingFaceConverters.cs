using System.Text.Json;
using System.Text.Json.Serialization;
using PerCall.Client.Wire;
using PerCall.Functions.Predict;
using PerCall.Functions.Requests;
using PerCall.Inference.Tables;

namespace PerCall.Functions.HuggingFace;

/// <summary>Reads of a value only what kind it is.</summary>
public sealed class KindOfValue : JsonConverter<JsonTokenType>
{
    public override bool HandleNull => true;

    public override JsonTokenType Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var kind = reader.TokenType;
        reader.Skip();
        return kind;
    }

    public override void Write(Utf8JsonWriter writer, JsonTokenType value, JsonSerializerOptions options) =>
        throw new NotSupportedException();
}

/// <summary>The texts of a body.</summary>
/// <param name="Texts">The texts.</param>
/// <param name="IsList">Whether they are an array, so that the answer is one.</param>
public sealed record GivenTexts(IReadOnlyList<string> Texts, bool IsList);

/// <summary>Reads a string or an array of strings.</summary>
public sealed class GivenTextsConverter : JsonConverter<GivenTexts>
{
    private static readonly OneOrManyTexts Texts = new();

    public override GivenTexts Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var isList = reader.TokenType == JsonTokenType.StartArray;
        return new(Texts.Read(ref reader, typeof(IReadOnlyList<string>), options), isList);
    }

    public override void Write(Utf8JsonWriter writer, GivenTexts value, JsonSerializerOptions options) => throw new NotSupportedException();
}

/// <summary>
/// Reads a table by columns, an object with an array of values for each column, as rows. The clients send all values as strings, so the
/// column's type decides what a string is, as in a CSV file.
/// </summary>
public sealed class TableColumns : JsonConverter<IReadOnlyList<TableRow>>
{
    public override IReadOnlyList<TableRow> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("expected an object with an array of values for each column.");
        }

        var rows = new List<List<TableCell>>();
        string? first = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var column = reader.GetString()!;
            var count = ReadColumn(ref reader, column, rows, isFirst: first is null);
            first ??= column;
            if (count != rows.Count)
            {
                throw new JsonException(
                    $"the column '{Page.Short(column)}' has {count} values, and '{Page.Short(first)}' has {rows.Count}; expected as many.");
            }
        }

        return [.. rows.Select(cells => new TableRow(cells))];
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<TableRow> value, JsonSerializerOptions options) =>
        throw new NotSupportedException();

    /// <summary>Adds the values of a column to the rows. The first column makes the rows.</summary>
    /// <returns>The number of values.</returns>
    private static int ReadColumn(ref Utf8JsonReader reader, string column, List<List<TableCell>> rows, bool isFirst)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException($"the column '{Page.Short(column)}' is not an array of values.");
        }

        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var cell = reader.TokenType == JsonTokenType.String
                ? TableCell.OfFile(column, reader.GetString()!)
                : TableCell.Read(column, ref reader);
            if (isFirst && count == PredictReader.MostRows)
            {
                // Refused here and not later, so that a long column does not take a multiple of its memory.
                throw TooManyRows();
            }

            if (isFirst)
            {
                rows.Add([]);
            }

            if (count < rows.Count)
            {
                rows[count].Add(cell);
            }

            count++;
        }

        return count;
    }

    private static RefusedException TooManyRows() => RefusedException.BadRequest(
        "invalid_input_count", $"'inputs.data' has more than {PredictReader.MostRows} rows; allowed: 1 to {PredictReader.MostRows}.",
        "inputs.data");
}
