using System.Text.Json;
using System.Text.Unicode;
using CsvHelper;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;

namespace PerCall.Functions.Batches.Formats;

/// <summary>The columns of a CSV file. Converts a record to the JSON body of a single call.</summary>
public sealed class CsvColumns
{
    private static readonly string[] IdNames = ["id", "custom_id"];

    private readonly char _delimiter;
    private readonly IInputReader _scorer;
    private readonly int _id;
    private readonly (int Index, string Member, bool IsText)[] _members;
    private readonly (int Index, string Name)[] _cells;

    /// <param name="names">The column names in the header.</param>
    /// <param name="delimiter">The delimiter between fields.</param>
    /// <param name="scorer">The scorer of the task.</param>
    public CsvColumns(IReadOnlyList<string> names, char delimiter, IInputReader scorer)
    {
        (Names, _delimiter, _scorer) = (names, delimiter, scorer);
        _id = names.Index().Where(n => IdNames.Contains(Plain(n.Item))).Select(n => n.Index).FirstOrDefault(-1);
        _members = [.. names.Index()
            .Select(n => (n.Index, Member: Plain(n.Item), IsText: scorer.TextMembers.Contains(Plain(n.Item))))
            .Where(n => n.IsText || scorer.JsonMembers.Contains(n.Member))];
        _cells = scorer.CellsMember is null ? [] : [.. names.Index()
            .Where(n => !IdNames.Contains(Plain(n.Item)) && _members.All(m => m.Index != n.Index))
            .Select(n => (n.Index, n.Item.Trim()))];
        Cells = [.. _cells.Select(c => c.Name)];
    }

    /// <inheritdoc cref="CsvColumns(IReadOnlyList{string}, char, IInputReader)"/>
    /// <returns>The columns; null: the file is not CSV.</returns>
    public static CsvColumns? Of(IReadOnlyList<string>? names, char delimiter, IInputReader scorer) =>
        names is null ? null : new(names, delimiter, scorer);

    public IReadOnlyList<string> Names { get; }

    /// <summary>
    /// The names of the columns that are cells of a row (<see cref="IInputReader.CellsMember"/>), without spaces at their ends.
    /// </summary>
    public IReadOnlyList<string> Cells { get; }

    /// <summary>Returns the number of columns that the task reads.</summary>
    public int Known => _members.Length + _cells.Length;

    /// <summary>Checks that the header determines the input to score.</summary>
    /// <exception cref="RefusedException">No column contains the input, or two columns have the same meaning.</exception>
    public void Require()
    {
        foreach (var meaning in (IReadOnlyList<string>[])[IdNames, .. Meanings()])
        {
            if (Names.Where(n => meaning.Contains(Plain(n))).ToList() is { Count: > 1 } twice)
            {
                throw RefusedException.BadRequest(
                    "duplicate_column",
                    $"The header has {twice.Count} columns with the same meaning: "
                        + $"{string.Join(" and ", twice.Select(n => $"'{Page.Short(n.Trim())}'"))}; "
                        + $"keep one of {string.Join(", ", meaning)}.",
                    Page.Short(twice[1].Trim()));
            }
        }

        if (_scorer.CellsMember is not null)
        {
            RequireCells();
        }
        else if (!_members.Any(m => _scorer.Subjects.Any(s => s.Contains(m.Member))))
        {
            throw RefusedException.BadRequest(
                "no_known_column",
                $"The file has no input column. Required: {string.Join(" or ", _scorer.Subjects.SelectMany(s => s))}; "
                    + $"{string.Join(", ", OtherMembers())} are optional. The header has {Page.Short(string.Join(", ", Names))}.");
        }
    }

    private void RequireCells()
    {
        if (Cells.Count == 0)
        {
            throw RefusedException.BadRequest(
                "no_known_column",
                $"The file has no column for a row; the header has {Page.Short(string.Join(", ", Names))}. "
                    + "Required: the columns of the model.");
        }

        if (Cells.GroupBy(c => c, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { Key: var twice })
        {
            throw RefusedException.BadRequest(
                "duplicate_column", $"The header has the column '{Page.Short(twice)}' more than once.", Page.Short(twice));
        }
    }

    /// <summary>Splits one record into its fields.</summary>
    /// <param name="record">The record, without its line feed.</param>
    /// <param name="delimiter">The delimiter between fields.</param>
    /// <param name="fault">The reason why the record cannot be split; null if it can.</param>
    public static IReadOnlyList<string>? Split(ReadOnlyMemory<byte> record, char delimiter, out RowFault? fault)
    {
        fault = Utf8.IsValid(record.Span) ? null : new("invalid_utf8", TextEncodings.NotUtf8("record"));
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
            // A quotation mark inside a field that does not begin with one is text, for example an inch mark.
            OnMalformedRecord = r => malformed = r.Reason == CsvMalformedReason.StrayQuote ? malformed : new(
                "malformed_csv",
                "A quoted field has text after its closing quotation mark, or is not closed; "
                    + "double a quotation mark inside the field (RFC 4180)."),
        });
        string[] fields = reader.Read() ? [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)] : [];
        // Without this check, text that the library reads as the next record would be lost.
        fault = malformed ?? (reader.Read()
            ? new("malformed_csv", "The record has a line end outside quotation marks (RFC 4180); put the field in quotation marks.")
            : null);
        return fault is null ? fields : null;
    }

    /// <summary>Returns whether a record has as many fields as the header.</summary>
    public bool Fit(ReadOnlyMemory<byte> record) => Split(record, _delimiter, out _)?.Count == Names.Count;

    /// <summary>Splits a record into its fields and checks that there is one per column.</summary>
    /// <inheritdoc cref="Split" path="/param"/>
    public IReadOnlyList<string>? Fields(ReadOnlyMemory<byte> record, out RowFault? fault)
    {
        var fields = Split(record, _delimiter, out fault);
        if (fields is null || fields.Count == Names.Count)
        {
            return fields;
        }

        fault = new("wrong_field_count", $"The record has {fields.Count:N0} fields, but the header has {Names.Count:N0}.");
        return null;
    }

    public string? IdOf(IReadOnlyList<string> fields) => _id >= 0 && fields[_id].Length > 0 ? fields[_id] : null;

    /// <summary>Converts a record to the JSON body of a single call. Omits empty cells, except in text columns.</summary>
    /// <exception cref="RefusedException">A cell in a JSON column is not valid JSON.</exception>
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

            if (_scorer.CellsMember is { } cells)
            {
                writer.WriteStartObject(cells);
                foreach (var (index, name) in _cells)
                {
                    writer.WriteString(name, fields[index]);
                }

                writer.WriteEndObject();
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
            throw RefusedException.BadRequest("malformed_json", $"The cell in column '{Page.Short(column)}' is not valid JSON.", column, e);
        }
    }

    /// <summary>Returns the member names, grouped by meaning.</summary>
    private IEnumerable<IReadOnlyList<string>> Meanings() =>
        _scorer.Subjects.Concat(OtherMembers().Select(m => (IReadOnlyList<string>)[m]));

    private IEnumerable<string> OtherMembers() =>
        _scorer.TextMembers.Concat(_scorer.JsonMembers).Where(m => !_scorer.Subjects.Any(s => s.Contains(m)));

    private static string Plain(string name) => name.Trim().ToLowerInvariant();
}
