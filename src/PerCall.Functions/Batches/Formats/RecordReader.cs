using System.Buffers;
using System.Text;

namespace PerCall.Functions.Batches.Formats;

/// <summary>Which part of a file is read, and where it lies.</summary>
/// <param name="From">The first record is the first that begins here or later.</param>
/// <param name="To">Records that begin here or later are not read; one that begins before is read to its end.</param>
/// <param name="Line">The line at <paramref name="From"/>, from 1: the one that begins there, or the one that is cut.</param>
public readonly record struct RecordRange(long From, long To, long Line);

/// <summary>Records of a range of bytes. What is longer than a record may be is passed over without being held.</summary>
/// <param name="stream">Begins one byte before the range, unless that begins with the file; so a record that begins right at the range is
/// seen to.</param>
/// <param name="range">The range.</param>
/// <param name="scanner">Where records end.</param>
/// <param name="maxBytes">Of one record.</param>
/// <param name="columns">Of CSV; they tell whether what ends otherwise than the file's lines is a record.</param>
/// <param name="encoding">Of the file, where it is not UTF-8; what is read becomes that.</param>
public sealed class RecordReader(
    Stream stream, RecordRange range, RecordScanner scanner, int maxBytes, CsvColumns? columns = null, Encoding? encoding = null)
    : IRowReader
{
    private const int FirstBuffer = 256 << 10;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
    private int _start;
    private int _scanned;
    private int _end;

    // Of the byte at _start.
    private long _offset = Math.Max(0, range.From - 1);
    private long _line = range.Line;
    private bool _isFirst = range.From == 0;
    private bool _started;
    private bool _over;

    public long Blank { get; private set; }

    /// <summary>Offset of the record that comes next.</summary>
    public long Offset => _offset;

    public async ValueTask<bool> ReadAsync(RowBatch batch, int most, CancellationToken cancellation)
    {
        if (!_started)
        {
            _started = true;
            await BeginAsync(cancellation);
        }

        var before = batch.Rows.Count;
        while (batch.Rows.Count < most && !batch.HasEnough && !_over)
        {
            // The file's first record is that of the range that begins with the file, also where a byte order mark is longer than that.
            if (_offset >= range.To && !_isFirst)
            {
                _over = true;
                break;
            }

            _isFirst = false;
            // Most records lie in the buffer already, and then nothing is awaited for each of them.
            if (Find() is >= 0 and var length)
            {
                Add(batch, length);
            }
            else
            {
                await ReadOneAsync(batch, cancellation);
            }
        }

        batch.End = _offset;
        return batch.Rows.Count > before;
    }

    public async ValueTask DisposeAsync()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        await stream.DisposeAsync();
    }

    /// <summary>Passes over the byte order mark, or over the line in which the range begins: that is the part's before.</summary>
    private async ValueTask BeginAsync(CancellationToken cancellation)
    {
        if (range.From == 0)
        {
            while (_end < 3 && await FillAsync(cancellation))
            {
            }

            if (_buffer.AsSpan(_start, Math.Min(3, _end)).SequenceEqual(TextEncodings.Mark))
            {
                Take(3);
            }

            return;
        }

        // The byte before the range: where it ends a line, no line is cut.
        if (_end == 0 && !await FillAsync(cancellation))
        {
            _over = true;
            return;
        }

        var whole = !scanner.MayBeCut || _buffer[_start] == scanner.LineEnd;
        scanner.CountLines(_buffer.AsSpan(_start, 1));
        Take(1);
        if (!whole)
        {
            await SkipToEndAsync(cancellation);
        }
    }

    private async ValueTask ReadOneAsync(RowBatch batch, CancellationToken cancellation)
    {
        int length;
        while ((length = Find()) < 0)
        {
            if (_end - _start > maxBytes)
            {
                batch.Add(_line, scanner.IsQuoted ? Unclosed() : RowFault.TooLong(maxBytes));
                await SkipToEndAsync(cancellation);
                return;
            }

            if (!await FillAsync(cancellation))
            {
                _over = true;
                length = _end - _start;
                break;
            }
        }

        Add(batch, length);
    }

    /// <summary>Adds the record of that length at the start.</summary>
    private void Add(RowBatch batch, int length)
    {
        var fault = scanner.IsQuoted ? Unclosed() : length > maxBytes + 1 ? RowFault.TooLong(maxBytes) : null;
        var record = _buffer.AsSpan(_start, length);
        // Files that were joined have a byte order mark in the middle.
        var content = TextEncodings.WithoutMarks(record.TrimEnd("\r\n"u8));
        if (content.Trim(" \t\r\n"u8).IsEmpty)
        {
            Blank += length > 0 ? 1 : 0;
        }
        else if (fault is not null)
        {
            batch.Add(_line, fault);
        }
        else if (scanner.MayHoldOthers(content))
        {
            AddPieces(batch, content);
        }
        else
        {
            AddText(batch, _line, content);
        }

        Pass(length);
    }

    /// <summary>
    /// Adds what lies between line ends that are not the file's. Where they separate records, each has as many fields as the header; where
    /// they are text that should be in quotation marks, what they cut apart has fewer, and no part of it is scored.
    /// </summary>
    private void AddPieces(RowBatch batch, ReadOnlySpan<byte> content)
    {
        var pieces = scanner.Split(content);
        var fit = new bool[pieces.Count];
        for (var i = 0; i < fit.Length; i++)
        {
            fit[i] = columns is null || columns.Fit(Text(content[pieces[i].Place]));
        }

        for (var i = 0; i < fit.Length; i++)
        {
            var line = _line + pieces[i].Lines;
            if (fit.Length == 1 || (fit[i] && (i == 0 || fit[i - 1]) && (i == fit.Length - 1 || fit[i + 1])))
            {
                AddText(batch, line, content[pieces[i].Place]);
            }
            else
            {
                batch.Add(line, MixedLineEnds(line));
            }
        }
    }

    private void AddText(RowBatch batch, long line, ReadOnlySpan<byte> text) => batch.Add(line, encoding is null ? text : Text(text));

    private byte[] Text(ReadOnlySpan<byte> text) => encoding is null ? text.ToArray() : TextEncodings.ToUtf8(text, encoding);

    private RowFault MixedLineEnds(long line)
    {
        var (one, all) = scanner.LineEnd == (byte)'\n'
            ? ("carriage return (CR)", "line feeds (LF or CRLF)")
            : ("line feed (LF)", "carriage returns (CR)");
        return new(
            "mixed_line_ends",
            $"Line {line} has a single {one} outside quotation marks, but the lines of the file end in {all}. "
                + "Put the field in quotation marks, or use one kind of line end.");
    }

    private RowFault Unclosed() => new(
        "unclosed_quote",
        $"A quotation mark in the record that begins in line {_line} is not closed, "
            + "so the rest of the file would be part of that record.");

    /// <summary>The length of the record at the start, its line feed included; -1: more has to be read first.</summary>
    private int Find()
    {
        var found = scanner.FindEnd(_buffer.AsSpan(_scanned, _end - _scanned));
        if (found < 0)
        {
            _scanned = _end;
            return -1;
        }

        return _scanned + found - _start;
    }

    /// <summary>Drops what is held and reads on to behind the record's end.</summary>
    private async ValueTask SkipToEndAsync(CancellationToken cancellation)
    {
        int length;
        while ((length = Find()) < 0)
        {
            Pass(_end - _start);
            // A record that goes on behind the range ends with it: what is behind is another part's to look at.
            if (_offset >= range.To || !await FillAsync(cancellation))
            {
                _over = true;
                return;
            }
        }

        Pass(length);
    }

    /// <summary>Takes what was read, and counts its lines.</summary>
    private void Pass(int count)
    {
        _line += scanner.CountLines(_buffer.AsSpan(_start, count));
        Take(count);
    }

    private void Take(int count)
    {
        _start += count;
        _offset += count;
        _scanned = Math.Max(_scanned, _start);
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellation)
    {
        if (_start > 0 && _end == _buffer.Length)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_scanned, _end, _start) = (_scanned - _start, _end - _start, 0);
        }
        else if (_start == _end)
        {
            (_start, _scanned, _end) = (0, 0, 0);
        }

        if (_end == _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            _buffer.AsSpan(0, _end).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellation);
        _end += read;
        return read > 0;
    }
}
