using System.Buffers;

namespace PerCall.Functions.Requests;

/// <summary>A request's body in rented memory, until it is disposed of or taken over.</summary>
internal sealed class RentedBody : IDisposable
{
    private const int FirstRent = 16 * 1024;

    private byte[]? _buffer;

    private RentedBody(byte[] buffer, int length) => (_buffer, Length) = (buffer, length);

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Span => _buffer.AsSpan(0, Length);

    /// <summary>Reads to the end, and not one byte past the limit.</summary>
    /// <param name="body">What to read.</param>
    /// <param name="declared">The length that was announced, if one was.</param>
    /// <param name="limit">Bytes that are taken.</param>
    /// <param name="tooLong">Makes the refusal of a longer body.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public static async Task<RentedBody> ReadAsync(Stream body, long? declared, int limit, Func<RefusedException> tooLong, CancellationToken cancellation)
    {
        if (declared > limit)
        {
            throw tooLong();
        }

        // One byte more than was declared, so that the end is seen without growing.
        var buffer = ArrayPool<byte>.Shared.Rent((int)(declared ?? FirstRent) + 1);
        var length = 0;
        try
        {
            int read;
            while ((read = await body.ReadAsync(buffer.AsMemory(length), cancellation)) > 0)
            {
                length += read;
                if (length > limit)
                {
                    throw tooLong();
                }

                if (length == buffer.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                    buffer.CopyTo(larger, 0);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }
            }

            return new(buffer, length);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    /// <summary>To read it again; good until this is disposed of.</summary>
    public Stream AsStream() => new MemoryStream(_buffer!, 0, Length, writable: false);

    /// <summary>The memory, which the caller now has to give back to the shared pool.</summary>
    public byte[] Take() => Interlocked.Exchange(ref _buffer, null) ?? throw new ObjectDisposedException(nameof(RentedBody));

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
