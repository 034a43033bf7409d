namespace PerCall.Functions.Batches.Formats;

/// <summary>Finds where records end, in data that come in pieces.</summary>
internal abstract class RecordScanner
{
    /// <summary>Goes on from where it stopped.</summary>
    /// <param name="data">What follows on what was scanned before.</param>
    /// <returns>Bytes up to and with the record's line feed; -1: all was scanned, and the record goes on.</returns>
    public abstract int FindEnd(ReadOnlySpan<byte> data);

    /// <summary>Whether the record that was not ended has an open quotation mark.</summary>
    public virtual bool IsQuoted => false;

    public static RecordScanner Of(InputFormat format, char delimiter) => format == InputFormat.Csv ? new CsvScanner((byte)delimiter) : new LineScanner();
}

/// <summary>A record is a line.</summary>
internal sealed class LineScanner : RecordScanner
{
    public override int FindEnd(ReadOnlySpan<byte> data) => data.IndexOf((byte)'\n') is >= 0 and var at ? at + 1 : -1;
}

/// <summary>
/// A record ends at a line feed outside quotation marks (RFC 4180). A mark opens a field only where the field begins; one in the middle of a field is taken as it stands, so that a stray one does not
/// swallow the rest of the file.
/// </summary>
internal sealed class CsvScanner(byte delimiter) : RecordScanner
{
    private const byte Quote = (byte)'"';
    private const byte LineFeed = (byte)'\n';

    private const int Start = -1;

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

    public override bool IsQuoted => _state == State.Quoted;

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

            var found = data[at..].IndexOfAny(Quote, LineFeed);
            if (found < 0)
            {
                _last = data[^1];
                return -1;
            }

            var before = found > 0 ? data[at + found - 1] : _last;
            at += found + 1;
            if (data[at - 1] == LineFeed)
            {
                _last = Start;
                return at;
            }

            _last = Quote;
            _state = before == delimiter || before == Start ? State.Quoted : State.Plain;
        }

        return -1;
    }
}
