using System.Text.Json;
using System.Text.Json.Serialization;
using PerCall.Client.Wire;
using PerCall.Functions.Images;
using PerCall.Functions.Requests;
using PerCall.Inference.Tables;

namespace PerCall.Functions.Predict;

/// <summary>
/// The members of all bodies of calls in this slice. Pictures are decoded directly into rented memory. A row of a file may name its single
/// text <c>text</c> and its single row <c>row</c>.
/// </summary>
public sealed record PredictBody
{
    public const string CellsMember = "$cells";

    [JsonConverter(typeof(OneOrManyTexts))]
    public IReadOnlyList<string>? Input { get; init; }

    public string? Text { get; init; }

    public IReadOnlyList<TextPair>? Pairs { get; init; }

    [JsonConverter(typeof(RentedBase64))]
    public (byte[] Rented, int Length)? Image { get; init; }

    [JsonConverter(typeof(TableRows))]
    public IReadOnlyList<TableRow>? Rows { get; init; }

    [JsonConverter(typeof(SingleTableRow))]
    public TableRow? Row { get; init; }

    /// <summary>A record of a CSV file, whose cells are texts. No body of a caller has a member of this name.</summary>
    [JsonPropertyName(CellsMember)]
    public IReadOnlyDictionary<string, string>? Cells { get; init; }

    public string? Model { get; init; }

    public int? TopK { get; init; }
}

/// <summary>Reads an array of objects as rows.</summary>
public sealed class TableRows : JsonConverter<IReadOnlyList<TableRow>>
{
    public override IReadOnlyList<TableRow> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("expected an array of objects, one for each row.");
        }

        var rows = new List<TableRow>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            rows.Add(reader.TokenType == JsonTokenType.StartObject
                ? TableRow.Read(ref reader)
                : throw new JsonException($"the row with index {rows.Count} is not an object."));
        }

        return rows;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<TableRow> value, JsonSerializerOptions options) =>
        throw new NotSupportedException();
}

/// <summary>Reads an object as a row.</summary>
public sealed class SingleTableRow : JsonConverter<TableRow>
{
    public override TableRow Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.StartObject
            ? TableRow.Read(ref reader)
            : throw new JsonException("expected an object with a value for each column.");

    public override void Write(Utf8JsonWriter writer, TableRow value, JsonSerializerOptions options) => throw new NotSupportedException();
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, MaxDepth = 16)]
[JsonSerializable(typeof(PredictBody))]
public sealed partial class PredictJson : JsonSerializerContext
{
    /// <inheritdoc cref="RequestJson"/>
    public static PredictJson Strict => field ??= new(RequestJson.Strict(Default));
}
