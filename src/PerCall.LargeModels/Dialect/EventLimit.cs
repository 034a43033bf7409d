namespace PerCall.LargeModels.Dialect;

/// <summary>A stream of server-sent events that fails when one event is too long. The parser would hold it in memory.</summary>
internal sealed class EventLimit(Stream inner, int maxBytes) : Stream
{
    private int _event;
    private bool _lineHasText;
    private bool _afterReturn;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        Count(buffer.Span[..read]);
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = inner.Read(buffer, offset, count);
        Count(buffer.AsSpan(offset, read));
        return read;
    }

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    // An empty line ends an event. Lines end with a line feed, a return, or both.
    private void Count(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var end = bytes.IndexOfAny((byte)'\r', (byte)'\n');
            var text = end < 0 ? bytes.Length : end;
            _event += text;
            _lineHasText |= text > 0;
            _afterReturn &= text == 0;
            if (_event > maxBytes)
            {
                throw new IOException($"An event of the provider has more than {maxBytes} bytes.");
            }

            if (end < 0)
            {
                return;
            }

            // The line feed after a return does not end another line.
            if (bytes[end] == (byte)'\r' || !_afterReturn)
            {
                if (!_lineHasText)
                {
                    _event = 0;
                }

                _lineHasText = false;
            }

            _afterReturn = bytes[end] == (byte)'\r';
            bytes = bytes[(end + 1)..];
        }
    }
}
