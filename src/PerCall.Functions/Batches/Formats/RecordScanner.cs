namespace PerCall.Functions.Batches.Formats;

/// <summary>Finds the ends of records in data that arrives in pieces.</summary>
/// <param name="ends">The line ends of the file.</param>
public abstract class RecordScanner(LineEnds ends)
{
    /// <summary>Returns the last byte of a line end of the file.</summary>
    public byte LineEnd { get; } = ends.LastByte();

    /// <summary>Continues to search for the end of the current record.</summary>
    /// <param name="data">The data that follows the data already scanned.</param>
    /// <returns>The number of bytes up to and including the record's line end; -1: all data was scanned and the record continues.</returns>
    public abstract int FindEnd(ReadOnlySpan<byte> data);

    /// <summary>Returns whether a range can begin in the middle of a record.</summary>
    public virtual bool MayBeCut => true;

    /// <summary>Returns whether the current, unfinished record has an open quotation mark.</summary>
    public virtual bool IsQuoted => false;

    /// <summary>Counts lines.</summary>
    /// <param name="data">The data that follows the data already counted.</param>
    /// <returns>The number of lines that end in <paramref name="data"/>.</returns>
    public virtual long CountLines(ReadOnlySpan<byte> data) => data.Count(LineEnd);

    /// <summary>Returns whether a record can contain other records, separated by line ends that are not the file's line ends.</summary>
    public virtual bool MayHoldOthers(ReadOnlySpan<byte> record) => false;

    /// <summary>Splits a record at line ends of all kinds.</summary>
    /// <returns>The pieces that are not empty: the position of each, and the number of the record's lines that end before it.</returns>
    public virtual List<(Range Place, long Lines)> Split(ReadOnlySpan<byte> record) => [(.., 0)];

    public static RecordScanner Of(InputFormat format, char delimiter, LineEnds ends) =>
        format == InputFormat.Csv ? new CsvScanner((byte)delimiter, ends) : new LineScanner(ends);
}

/// <summary>Finds records that are single lines.</summary>
public sealed class LineScanner(LineEnds ends) : RecordScanner(ends)
{
    public override int FindEnd(ReadOnlySpan<byte> data) => data.IndexOf(LineEnd) is >= 0 and var at ? at + 1 : -1;
}

/// <summary>
/// Finds records that end at a line end outside quotation marks (RFC 4180). A quotation mark opens a quoted field only at the start of the
/// field. In the middle of a field it is text, so that a stray mark does not swallow the rest of the file.
/// </summary>
/// <param name="delimiter">The delimiter between fields.</param>
/// <param name="ends">The line ends of the file.</param>
public sealed class CsvScanner(byte delimiter, LineEnds ends) : RecordScanner(ends)
{
    private const byte Quote = (byte)'"';
    private const byte LineFeed = (byte)'\n';
    private const byte Return = (byte)'\r';

    private const int Start = -1;

    private readonly LineEnds _ends = ends;
    private LineTally _lines;
    private State _state;

    // The last byte of the previous piece, or Start at the start of a record.
    private int _last = Start;

    private enum State
    {
        Plain,
        Quoted,

        /// <summary>
        /// After a quotation mark in a quoted field. A second mark is an escaped mark; any other byte follows the end of the field.
        /// </summary>
        Mark,
    }

    /// <summary>Returns false: CSV files are cut between records.</summary>
    public override bool MayBeCut => false;

    public override bool IsQuoted => _state == State.Quoted;

    public override long CountLines(ReadOnlySpan<byte> data) => _lines.Add(data);

    public override bool MayHoldOthers(ReadOnlySpan<byte> record) => record.Contains(LineEnd == LineFeed ? Return : LineFeed);

    public override List<(Range Place, long Lines)> Split(ReadOnlySpan<byte> record)
    {
        var scanner = new CsvScanner(delimiter, LineEnds.Any);
        var lines = default(LineTally);
        if (LineEnd == Return)
        {
            // A line feed at the start belongs to the line end of the previous record.
            lines.Add([Return]);
        }

        List<(Range, long)> pieces = [];
        long before = 0;
        for (var at = 0; at < record.Length;)
        {
            var length = scanner.FindEnd(record[at..]);
            var piece = length < 0 ? record[at..] : record.Slice(at, length);
            if (!piece.Trim(" \t\r\n"u8).IsEmpty)
            {
                pieces.Add((at..(at + piece.TrimEnd("\r\n"u8).Length), before));
            }

            before += lines.Add(piece);
            at += piece.Length;
        }

        return pieces;
    }

    public override int FindEnd(ReadOnlySpan<byte> data)
    {
        for (var at = 0; at < data.Length;)
        {
            if (_state == State.Quoted)
            {
                var mark = data[at..].IndexOf(Quote);
                if (mark < 0)
                {
                    return -1;
                }

                at += mark + 1;
                _state = State.Mark;
                continue;
            }

            if (_state == State.Mark)
            {
                (_state, _last) = data[at] == Quote ? (State.Quoted, Quote) : (State.Plain, Quote);
                at += data[at] == Quote ? 1 : 0;
                continue;
            }

            var found = _ends == LineEnds.Any ? data[at..].IndexOfAny(Quote, LineFeed, Return) : data[at..].IndexOfAny(Quote, LineEnd);
            if (found < 0)
            {
                _last = data[^1];
                return -1;
            }

            var before = found > 0 ? data[at + found - 1] : _last;
            at += found + 1;
            if (data[at - 1] != Quote)
            {
                _last = Start;
                // If a piece of data ends between CR and LF, the line feed is an empty record, which is not counted.
                return _ends == LineEnds.Any && data[at - 1] == Return && at < data.Length && data[at] == LineFeed ? at + 1 : at;
            }

            // With mixed line ends, each byte that can end a record also begins a field.
            var begins = before == delimiter || before is Start or LineFeed or Return;
            _last = Quote;
            _state = begins ? State.Quoted : State.Plain;
        }

        return -1;
    }
}
