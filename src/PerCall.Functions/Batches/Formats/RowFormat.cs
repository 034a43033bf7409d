using PerCall.Functions.Scoring;

namespace PerCall.Functions.Batches.Formats;

/// <summary>
/// The format in which the rows of a file are read. It is detected from the first bytes of the file and stored in the batch's plan.
/// </summary>
/// <param name="Format">The format, without compression.</param>
/// <param name="Delimiter">The delimiter between the fields of CSV.</param>
/// <param name="Columns">The header of CSV; null: the file is not CSV.</param>
/// <param name="LineEnds">The line ends of most lines.</param>
/// <param name="Encoding">The encoding of the text; null: UTF-8.</param>
public readonly record struct RowFormat(
    InputFormat Format, char Delimiter, IReadOnlyList<string>? Columns, LineEnds LineEnds, string? Encoding)
{
    /// <summary>Returns the delimiter of CSV; null: the file is not CSV.</summary>
    public char? TableDelimiter => Format == InputFormat.Csv ? Delimiter : null;

    /// <summary>Returns the columns for a task; null: the file is not CSV.</summary>
    public CsvColumns? ColumnsFor(IInputReader scorer) => CsvColumns.Of(Columns, Delimiter, scorer);

    /// <summary>Creates a reader for the records of a range. Not for archives.</summary>
    /// <param name="stream">The data, as <see cref="RecordReader"/> expects it.</param>
    /// <param name="range">The range.</param>
    /// <param name="scorer">The scorer of the task.</param>
    public RecordReader Read(Stream stream, RecordRange range, IInputReader scorer) => new(
        stream,
        range,
        RecordScanner.Of(Format, Delimiter, LineEnds),
        scorer.MaxBytes,
        ColumnsFor(scorer),
        TextEncodings.Find(Encoding));

    /// <summary>Creates a parser that converts rows to inputs of a task.</summary>
    /// <param name="scorer">The scorer of the task.</param>
    /// <param name="style">The style of JSON Lines.</param>
    /// <param name="models">The names by which rows may refer to the model that runs.</param>
    public RowParser Parser(IInputReader scorer, RowStyle style, IReadOnlyCollection<string> models) =>
        new(scorer, Format, style, ColumnsFor(scorer), models);
}
