namespace PerCall.Functions.Batches.Formats;

/// <summary>Finds where records end, in data that come in pieces.</summary>
/// <param name="ends">The line ends of the file.</param>
public abstract class RecordScanner(LineEnds ends)
{
    /// <summary>The byte that ends a record.</summary>
    public byte LineEnd { get; } = ends.LastByte();

    /// <summary>Goes on from where it stopped.</summary>
    /// <param name="data">What follows on what was scanned before.</param>
    /// <returns>Bytes up to and with the record's line end; -1: all was scanned, and the record goes on.</returns>
    public abstract int FindEnd(ReadOnlySpan<byte> data);

    /// <summary>Whether a range may begin in the middle of a record.</summary>
    public virtual bool MayBeCut => true;

    /// <summary>Whether the record that was not ended has an open quotation mark.</summary>
    public virtual bool IsQuoted => false;

    /// <summary>Counts lines.</summary>
    /// <param name="data">What follows on what was counted before.</param>
    /// <returns>Lines that end in it.</returns>
    public virtual long CountLines(ReadOnlySpan<byte> data) => data.Count(LineEnd);

    /// <summary>Whether a record may hold others, which end as the file's records do not.</summary>
    public virtual bool MayHoldOthers(ReadOnlySpan<byte> record) => false;

    /// <summary>Splits a record at line ends of all kinds.</summary>
    /// <returns>What is not empty: where it lies, and how many lines of the record end before it.</returns>
    public virtual List<(Range Place, long Lines)> Split(ReadOnlySpan<byte> record) => [(.., 0)];

    public static RecordScanner Of(InputFormat format, char delimiter, LineEnds ends) =>
        format == InputFormat.Csv ? new CsvScanner((byte)delimiter, ends) : new LineScanner(ends);
}

/// <summary>A record is a line.</summary>
public sealed class LineScanner(LineEnds ends) : RecordScanner(ends)
{
    public override int FindEnd(ReadOnlySpan<byte> data) => data.IndexOf(LineEnd) is >= 0 and var at ? at + 1 : -1;
}

/// <summary>
/// A record ends at a line end outside quotation marks (RFC 4180). A mark opens a field only where the field begins; one in the middle
/// of a field is text, so that a stray one does not swallow the rest of the file.
/// </summary>
/// <param name="delimiter">Between fields.</param>
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

    // The byte before the next piece; at a record's start none.
    private int _last = Start;

    private enum State
    {
        Plain,
        Quoted,

        /// <summary>Behind a mark within a quoted field: a second one is a character, anything else is behind the field.</summary>
        Mark,
    }

    /// <summary>Tables are cut between records.</summary>
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
            // A line feed at the start belongs to the line end before the record.
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
                // Where a piece of data ends in CRLF, the line feed is an empty record, which nobody counts.
                return _ends == LineEnds.Any && data[at - 1] == Return && at < data.Length && data[at] == LineFeed ? at + 1 : at;
            }

            // The same line ends begin a field that end a record of mixed ends.
            var begins = before == delimiter || before is Start or LineFeed or Return;
            _last = Quote;
            _state = begins ? State.Quoted : State.Plain;
        }

        return -1;
    }
}
