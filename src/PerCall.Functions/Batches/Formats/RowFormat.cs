using PerCall.Functions.Scoring;

namespace PerCall.Functions.Batches.Formats;

/// <summary>How the rows of a file are read. The first bytes of the file say it, and the plan of a batch keeps it.</summary>
/// <param name="Format">The format, without compression.</param>
/// <param name="Delimiter">Between the fields of CSV.</param>
/// <param name="Columns">The header of CSV; null: the file is not CSV.</param>
/// <param name="LineEnds">How most lines end.</param>
/// <param name="Encoding">The encoding of the text; null: UTF-8.</param>
public readonly record struct RowFormat(
    InputFormat Format, char Delimiter, IReadOnlyList<string>? Columns, LineEnds LineEnds, string? Encoding)
{
    /// <summary>The delimiter of CSV; null: the file is not CSV.</summary>
    public char? TableDelimiter => Format == InputFormat.Csv ? Delimiter : null;

    /// <summary>The columns, as a task reads them; null: the file is not CSV.</summary>
    public CsvColumns? ColumnsFor(ITaskScorer scorer) => CsvColumns.Of(Columns, Delimiter, scorer);

    /// <summary>Reads the records of a range, of files that are not archives.</summary>
    /// <param name="stream">As <see cref="RecordReader"/> takes it.</param>
    /// <param name="range">The range.</param>
    /// <param name="scorer">The scorer of the task.</param>
    public RecordReader Read(Stream stream, RecordRange range, ITaskScorer scorer) => new(
        stream,
        range,
        RecordScanner.Of(Format, Delimiter, LineEnds),
        scorer.MaxBytes,
        ColumnsFor(scorer),
        TextEncodings.Find(Encoding));

    /// <summary>Parses rows as inputs of a task.</summary>
    /// <param name="scorer">The scorer of the task.</param>
    /// <param name="style">The style of JSON Lines.</param>
    /// <param name="models">Names by which rows may name the model that runs.</param>
    public RowParser Parser(ITaskScorer scorer, RowStyle style, IReadOnlyCollection<string> models) =>
        new(scorer, Format, style, ColumnsFor(scorer), models);
}
