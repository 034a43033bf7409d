namespace PerCall.LargeModels.Providers;

/// <summary>Keeps what is read, up to a limit. After <see cref="Rewind"/>, returns that again, and then the rest of the stream.</summary>
internal sealed class RecordingStream(Stream inner, int max) : Stream
{
    private readonly MemoryStream _recorded = new();
    private bool _isRecording = true;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public void Rewind()
    {
        _isRecording = false;
        _recorded.Position = 0;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _isRecording ? RecordAsync(buffer, cancellationToken)
        : _recorded.Position < _recorded.Length ? new(_recorded.Read(buffer.Span))
        : inner.ReadAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> RecordAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        var read = await inner.ReadAsync(buffer, cancellation);
        if (_recorded.Length + read > max)
        {
            throw new ProviderFailedException(ProviderFault.InvalidAnswer, $"The first event is longer than {max} bytes.");
        }

        _recorded.Write(buffer.Span[..read]);
        return read;
    }
}
