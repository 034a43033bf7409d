using System.Buffers;
using System.Globalization;
using CsvHelper;

namespace PerCall.Functions.Batches.Results;

/// <summary>
/// Writes records of the input with the answer's cells appended (RFC 4180). Writes fields unchanged: a field that a spreadsheet treats as a
/// formula was already one in the input.
/// </summary>
public sealed class TableWriter : IDisposable
{
    private readonly BufferStream _stream;
    private readonly CsvWriter _writer;

    public TableWriter(IBufferWriter<byte> buffer, char delimiter)
    {
        _stream = new(buffer);
        _writer = CsvWriter.Create(_stream, new CsvWriterOptions { Separator = delimiter, ValidateFieldCount = false }, leaveOpen: true);
    }

    public void Write(IReadOnlyList<string> fields, IReadOnlyList<object?> cells)
    {
        foreach (var field in fields)
        {
            _writer.WriteField(field);
        }

        foreach (var cell in cells)
        {
            _writer.WriteField(cell is IFormattable number ? number.ToString(null, CultureInfo.InvariantCulture) : cell as string);
        }

        _writer.EndRecord();
    }

    public void Flush() => _writer.Flush();

    public void Dispose() => _writer.Dispose();

    /// <summary>A write-only stream that writes to the buffer.</summary>
    private sealed class BufferStream(IBufferWriter<byte> buffer) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> data) => buffer.Write(data);

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
