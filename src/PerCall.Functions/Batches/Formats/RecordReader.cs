using System.Buffers;
using System.Text;

namespace PerCall.Functions.Batches.Formats;

/// <summary>A range of bytes of a file, for reading records.</summary>
/// <param name="From">The offset of the range. The first record is the first one that begins here or later.</param>
/// <param name="To">The end of the range. A record that begins before this offset is read to its end; later records are not read.</param>
/// <param name="Line">The number, from 1, of the line that begins at <paramref name="From"/> or contains it.</param>
public readonly record struct RecordRange(long From, long To, long Line);

/// <summary>Reads the records of a range of bytes. Skips records that exceed the maximum size without buffering them.</summary>
/// <param name="stream">The data, from one byte before the range, or from the range's first byte if that is the start of the file. The
/// extra byte shows whether a record begins exactly at the start of the range.</param>
/// <param name="range">The range.</param>
/// <param name="scanner">Finds the ends of records.</param>
/// <param name="maxBytes">The maximum record size in bytes.</param>
/// <param name="columns">The columns of CSV. They show whether text between line ends that are not the file's line ends is a
/// record.</param>
/// <param name="encoding">The encoding of the file; null: UTF-8. Records are converted to UTF-8.</param>
public sealed class RecordReader(
    Stream stream, RecordRange range, RecordScanner scanner, int maxBytes, CsvColumns? columns = null, Encoding? encoding = null)
    : IRowReader
{
    private const int FirstBuffer = 256 << 10;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
    private int _start;
    private int _scanned;
    private int _end;

    // The offset in the file of the byte at _start.
    private long _offset = Math.Max(0, range.From - 1);
    private long _line = range.Line;
    private bool _isFirst = range.From == 0;
    private bool _started;
    private bool _over;

    public long Blank { get; private set; }

    /// <summary>Returns the offset of the next record.</summary>
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
            // The first record of the file belongs to the range at the start of the file, even if a byte order mark is longer than that
            // range.
            if (_offset >= range.To && !_isFirst)
            {
                _over = true;
                break;
            }

            _isFirst = false;
            // Most records are already in the buffer, so this path does not await.
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

    /// <summary>Skips the byte order mark or the line that the start of the range cuts, which belongs to the previous part.</summary>
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

        // This is the byte before the range. If it ends a line, the range does not cut a line.
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

    /// <summary>Adds the record at the start of the buffer.</summary>
    /// <param name="batch">The batch to add it to.</param>
    /// <param name="length">The length of the record in bytes, line end included.</param>
    private void Add(RowBatch batch, int length)
    {
        var fault = scanner.IsQuoted ? Unclosed() : length > maxBytes + 1 ? RowFault.TooLong(maxBytes) : null;
        var record = _buffer.AsSpan(_start, length);
        // Concatenated files have byte order marks in the middle.
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
    /// Adds the pieces of a record between line ends that are not the file's line ends. If such line ends separate records, each piece has
    /// as many fields as the header. If they are unquoted text, the pieces have fewer fields, and none of them is scored.
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

    /// <summary>
    /// Returns the length of the record at the start of the buffer, line feed included; -1: more data has to be read first.
    /// </summary>
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

    /// <summary>Discards the buffered data and reads past the end of the record.</summary>
    private async ValueTask SkipToEndAsync(CancellationToken cancellation)
    {
        int length;
        while ((length = Find()) < 0)
        {
            Pass(_end - _start);
            // A record that continues past the range is not followed further: the next part reads what comes after the range.
            if (_offset >= range.To || !await FillAsync(cancellation))
            {
                _over = true;
                return;
            }
        }

        Pass(length);
    }

    /// <summary>Consumes bytes and counts their lines.</summary>
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
