using System.Text.Json;
using System.Text.Unicode;
using CsvHelper;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;

namespace PerCall.Functions.Batches.Formats;

/// <summary>The columns of a CSV file, and how a record becomes what a single call would send.</summary>
internal sealed class CsvColumns
{
    private static readonly string[] IdNames = ["id", "custom_id"];

    private readonly char _delimiter;
    private readonly int _id;
    private readonly (int Index, string Member, bool IsText)[] _members;

    /// <param name="names">The header.</param>
    /// <param name="delimiter">Between fields.</param>
    /// <param name="scorer">Of the task.</param>
    public CsvColumns(IReadOnlyList<string> names, char delimiter, ITaskScorer scorer)
    {
        (Names, _delimiter) = (names, delimiter);
        _id = names.Index().Where(n => IdNames.Contains(Plain(n.Item))).Select(n => n.Index).FirstOrDefault(-1);
        _members = [.. names.Index()
            .Select(n => (n.Index, Member: Plain(n.Item), IsText: scorer.TextMembers.Contains(Plain(n.Item))))
            .Where(n => n.IsText || scorer.JsonMembers.Contains(n.Member))];
    }

    public IReadOnlyList<string> Names { get; }

    /// <summary>Whether any column is one that the task reads.</summary>
    public bool AreAny => _members.Length > 0;

    /// <summary>The fields of one record.</summary>
    /// <param name="record">Without its line feed.</param>
    /// <param name="delimiter">Between fields.</param>
    /// <param name="fault">Why there are none.</param>
    public static IReadOnlyList<string>? Split(ReadOnlyMemory<byte> record, char delimiter, out RowFault? fault)
    {
        fault = Utf8.IsValid(record.Span) ? null : new("invalid_utf8", "The record is not valid UTF-8.");
        if (fault is not null)
        {
            return null;
        }

        RowFault? malformed = null;
        using var reader = CsvReader.Create(record, new CsvReaderOptions
        {
            Separator = delimiter,
            HasHeader = false,
            SkipEmptyLines = false,
            TrimWhitespace = false,
            // A mark within a field that does not begin with one is text: inches, for example.
            OnMalformedRecord = r => malformed = r.Reason == CsvMalformedReason.StrayQuote ? malformed : new(
                "malformed_csv", "A field in quotation marks has text behind the closing one, or none closes it; a mark within such a field is doubled (RFC 4180)."),
        });
        string[] fields = reader.Read() ? [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)] : [];
        fault = malformed;
        return fault is null ? fields : null;
    }

    /// <summary>The fields of a record, as many as there are columns.</summary>
    /// <inheritdoc cref="Split" path="/param"/>
    public IReadOnlyList<string>? Fields(ReadOnlyMemory<byte> record, out RowFault? fault)
    {
        var fields = Split(record, _delimiter, out fault);
        if (fields is null || fields.Count == Names.Count)
        {
            return fields;
        }

        fault = new("wrong_field_count", $"The record has {fields.Count:N0} fields, and the header has {Names.Count:N0}.");
        return null;
    }

    public string? IdOf(IReadOnlyList<string> fields) => _id >= 0 && fields[_id].Length > 0 ? fields[_id] : null;

    /// <summary>The record as the JSON body of a single call. Empty cells are left out, except those of text.</summary>
    /// <exception cref="RefusedException">A cell that holds JSON does not.</exception>
    public byte[] ToJson(IReadOnlyList<string> fields)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            foreach (var (index, member, isText) in _members)
            {
                if (isText && (fields[index].Length > 0 || member != "model"))
                {
                    writer.WriteString(member, fields[index]);
                }
                else if (!isText && fields[index].Length > 0)
                {
                    writer.WritePropertyName(member);
                    WriteJson(writer, fields[index], Names[index]);
                }
            }

            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static void WriteJson(Utf8JsonWriter writer, string cell, string column)
    {
        try
        {
            writer.WriteRawValue(cell);
        }
        catch (JsonException e)
        {
            throw RefusedException.BadRequest("malformed_json", $"The column '{Page.Short(column)}' holds JSON, and this cell does not.", column, e);
        }
    }

    private static string Plain(string name) => name.Trim().ToLowerInvariant();
}
