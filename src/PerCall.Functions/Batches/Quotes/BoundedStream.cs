using PerCall.Functions.Requests;

namespace PerCall.Functions.Batches.Quotes;

/// <summary>A stream that ends after a maximum number of bytes.</summary>
/// <param name="inner">The stream to read from.</param>
/// <param name="most">The maximum number of bytes.</param>
public sealed class BoundedStream(Stream inner, long most) : ReadingStream
{
    /// <summary>Returns the number of bytes read.</summary>
    public long Count { get; private set; }

    /// <summary>Returns whether the inner stream has ended.</summary>
    public bool HasEnded { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Count >= most || buffer.IsEmpty)
        {
            return 0;
        }

        var read = await inner.ReadAsync(buffer[..(int)Math.Min(buffer.Length, most - Count)], cancellationToken);
        Count += read;
        HasEnded |= read == 0;
        return read;
    }

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
