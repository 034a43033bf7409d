using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace PerCall.Functions.Requests;

/// <summary>A request's body in rented memory. The memory is returned on disposal, unless the caller has taken it.</summary>
public sealed class RentedBody : IDisposable
{
    /// <summary>Bytes that each request may use without a reservation. Plans and connections limit the number of requests.</summary>
    private const int Free = 16 * 1024;

    private readonly BodyMemory? _memory;
    private readonly long _held;
    private byte[]? _buffer;

    private RentedBody(byte[] buffer, int length, BodyMemory? memory, long held) =>
        (_buffer, Length, _memory, _held) = (buffer, length, memory, held);

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Span => _buffer.AsSpan(0, Length);

    /// <summary>The bytes, valid until this object is disposed.</summary>
    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, Length);

    /// <summary>Reads a request's body to its end. Never reads past the limit.</summary>
    /// <param name="request">The request.</param>
    /// <param name="limit">Maximum length in bytes.</param>
    /// <param name="tooLong">Creates the error for a longer body.</param>
    /// <param name="cancellation">Cancels the read.</param>
    /// <exception cref="RefusedException">The body is longer, or the memory budget is exhausted.</exception>
    public static Task<RentedBody> ReadAsync(
        HttpRequest request, int limit, Func<RefusedException> tooLong, CancellationToken cancellation) =>
        ReadAsync(request.Body, request.ContentLength, limit, tooLong, BodyMemory.Of(request.HttpContext), cancellation);

    /// <inheritdoc cref="ReadAsync(HttpRequest, int, Func{RefusedException}, CancellationToken)"/>
    /// <param name="body">The stream to read.</param>
    /// <param name="declared">The announced length, if any. It does not reserve memory before the bytes arrive.</param>
    /// <param name="limit">Maximum length in bytes.</param>
    /// <param name="tooLong">Creates the error for a longer body.</param>
    /// <param name="memory">The request's share of the memory budget; null when the memory is not counted.</param>
    /// <param name="cancellation">Cancels the read.</param>
    public static async Task<RentedBody> ReadAsync(
        Stream body, long? declared, int limit, Func<RefusedException> tooLong, BodyMemory? memory, CancellationToken cancellation)
    {
        if (declared > limit)
        {
            throw tooLong();
        }

        // One byte more than declared, to detect the end without growing the buffer.
        var most = (declared ?? limit) + 1;
        var capacity = FirstCapacity(most);
        var buffer = ArrayPool<byte>.Shared.Rent(capacity);
        var (length, held) = (0, 0L);
        try
        {
            int read;
            while ((read = await body.ReadAsync(buffer.AsMemory(length, capacity - length), cancellation)) > 0)
            {
                length += read;
                if (length > limit)
                {
                    throw tooLong();
                }

                if (length == capacity)
                {
                    var larger = (int)Math.Min(Math.Max(most, length + 1L), capacity * 2L);
                    memory?.Hold(larger - capacity);
                    held += larger - capacity;
                    buffer = Grow(buffer, length, larger);
                    capacity = larger;
                }
            }

            return new(buffer, length, memory, held);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            memory?.Release(held);
            throw;
        }
    }

    /// <summary>Returns a stream over the body, valid until this object is disposed.</summary>
    public Stream AsStream() => new MemoryStream(_buffer!, 0, Length, writable: false);

    /// <summary>
    /// Returns the memory; the caller then has to return it to the shared pool. It counts against the budget until the request ends.
    /// </summary>
    public byte[] Take() => Interlocked.Exchange(ref _buffer, null) ?? throw new ObjectDisposedException(nameof(RentedBody));

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            _memory?.Release(_held);
        }
    }

    /// <summary>Copies the content to a larger rented buffer, and returns the old buffer to the pool.</summary>
    public static byte[] Grow(byte[] buffer, int length, int larger)
    {
        var grown = ArrayPool<byte>.Shared.Rent(larger);
        buffer.AsSpan(0, length).CopyTo(grown);
        ArrayPool<byte>.Shared.Return(buffer);
        return grown;
    }

    /// <summary>
    /// Returns a length that becomes the longest one by doubling, so that the last copy is of half the body, not of most of it.
    /// </summary>
    private static int FirstCapacity(long most)
    {
        while (most > Free)
        {
            most = (most + 1) / 2;
        }

        return (int)most;
    }
}
