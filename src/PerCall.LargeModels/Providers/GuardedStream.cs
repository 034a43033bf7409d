namespace PerCall.LargeModels.Providers;

/// <summary>
/// A provider's body. A read fails with an <see cref="IOException"/> when the provider pauses for too long, breaks off, or the call's time
/// is over, and with an <see cref="OperationCanceledException"/> when the caller leaves. The connection is closed at once then, even
/// without a read. Reads nothing ahead. After <see cref="End"/>, the connection stays open for other calls.
/// </summary>
internal sealed class GuardedStream : Stream
{
    // What may follow an answer's last event: the end of a chunked body, and little else.
    private const int MaxRest = 4096;

    private static readonly TimeSpan RestTime = TimeSpan.FromMilliseconds(250);

    private readonly Stream _inner;
    private readonly IDisposable _response;
    private readonly CallTime _call;
    private readonly TimeSpan _longest;
    private readonly CancellationTokenSource _silence;
    private readonly CancellationTokenSource _either;
    private readonly CancellationTokenRegistration _leaving;
    private readonly TimeProvider _time;
    private volatile bool _isDisposed;
    private bool _hasEnded;

    /// <param name="inner">The body.</param>
    /// <param name="response">What closes the connection.</param>
    /// <param name="call">The call's time. Disposed with the stream.</param>
    /// <param name="longest">Longest wait for the next bytes.</param>
    /// <param name="time">The clock.</param>
    public GuardedStream(Stream inner, IDisposable response, CallTime call, TimeSpan longest, TimeProvider time)
    {
        (_inner, _response, _call, _longest, _time) = (inner, response, call, longest, time);
        _silence = new(Timeout.InfiniteTimeSpan, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_silence.Token, call.Token);
        _leaving = call.Token.UnsafeRegister(s => ((GuardedStream)s!).CloseConnection(), this);
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>
    /// Tells that nothing that matters follows. Disposing then reads the rest of the body in the background, because a connection can be
    /// used again only after that.
    /// </summary>
    public void End() => _hasEnded = true;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        // Most reads of a fast stream find their bytes buffered, and need no timer.
        if (!_either.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            try
            {
                var read = _inner.ReadAsync(buffer, _either.Token);
                return read.IsCompletedSuccessfully ? read : WaitAsync(read, cancellationToken);
            }
            catch (Exception e)
            {
                return ValueTask.FromException<int>(Translate(e, cancellationToken));
            }
        }

        return ValueTask.FromException<int>(Translate(null, cancellationToken));
    }

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
            _isDisposed = true;
            _leaving.Dispose();
            if (_hasEnded && !_either.IsCancellationRequested)
            {
                _ = ReadRestAsync();
            }
            else
            {
                CloseConnection();
            }

            _either.Dispose();
            _silence.Dispose();
            _call.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> WaitAsync(ValueTask<int> read, CancellationToken cancellation)
    {
        using var reader = cancellation == _call.Caller
            ? default : cancellation.UnsafeRegister(s => ((CancellationTokenSource)s!).Cancel(), _either);
        _silence.CancelAfter(_longest);
        try
        {
            return await read;
        }
        catch (Exception e)
        {
            throw Translate(e, cancellation);
        }
        finally
        {
            if (!_isDisposed)
            {
                _silence.CancelAfter(Timeout.InfiniteTimeSpan);
            }
        }
    }

    private async Task ReadRestAsync()
    {
        using var limit = new CancellationTokenSource(RestTime, _time);
        try
        {
            var buffer = new byte[MaxRest];
            var read = 1;
            for (var rest = MaxRest; rest > 0 && read > 0; rest -= read)
            {
                read = await _inner.ReadAsync(buffer.AsMemory(0, rest), limit.Token);
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
        {
            // The answer was complete. Only the connection is lost.
        }
        finally
        {
            CloseConnection();
        }
    }

    private Exception Translate(Exception? cause, CancellationToken reader) =>
        _call.Caller.IsCancellationRequested ? new OperationCanceledException("The caller left.", cause, _call.Caller)
        : reader.IsCancellationRequested ? new OperationCanceledException("The read was cancelled.", cause, reader)
        : _call.Token.IsCancellationRequested ? new IOException($"The call took longer than {_call.Limit.TotalSeconds} seconds.", cause)
        : _silence.IsCancellationRequested ? new IOException($"The provider paused for longer than {_longest.TotalSeconds} seconds.", cause)
        : cause as IOException ?? new IOException("The provider's answer broke off.", cause);

    private void CloseConnection()
    {
        _inner.Dispose();
        _response.Dispose();
    }
}
