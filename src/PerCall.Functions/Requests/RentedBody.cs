using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace PerCall.Functions.Requests;

/// <summary>A request's body in rented memory, until it is disposed of or taken over.</summary>
public sealed class RentedBody : IDisposable
{
    /// <summary>Bytes that every request may have without asking; plans and connections bound how many there are.</summary>
    private const int Free = 16 * 1024;

    private readonly BodyMemory? _memory;
    private readonly long _held;
    private byte[]? _buffer;

    private RentedBody(byte[] buffer, int length, BodyMemory? memory, long held) =>
        (_buffer, Length, _memory, _held) = (buffer, length, memory, held);

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Span => _buffer.AsSpan(0, Length);

    /// <summary>Reads a request's body to the end, and not one byte past the limit.</summary>
    /// <param name="request">The request.</param>
    /// <param name="limit">Bytes that are taken.</param>
    /// <param name="tooLong">Makes the refusal of a longer body.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="RefusedException">The body is longer, or there is no memory for it now.</exception>
    public static Task<RentedBody> ReadAsync(
        HttpRequest request, int limit, Func<RefusedException> tooLong, CancellationToken cancellation) =>
        ReadAsync(request.Body, request.ContentLength, limit, tooLong, BodyMemory.Of(request.HttpContext), cancellation);

    /// <inheritdoc cref="ReadAsync(HttpRequest, int, Func{RefusedException}, CancellationToken)"/>
    /// <param name="body">What to read.</param>
    /// <param name="declared">The length that was announced, if one was. It is no reason to take memory before the bytes have come.</param>
    /// <param name="limit">Bytes that are taken.</param>
    /// <param name="tooLong">Makes the refusal of a longer body.</param>
    /// <param name="memory">Where memory is asked for; null: it is not counted.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public static async Task<RentedBody> ReadAsync(
        Stream body, long? declared, int limit, Func<RefusedException> tooLong, BodyMemory? memory, CancellationToken cancellation)
    {
        if (declared > limit)
        {
            throw tooLong();
        }

        // One byte more than was declared, so that the end is seen without growing.
        var most = (declared ?? limit) + 1;
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(most, Free));
        var (length, held) = (0, 0L);
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
                    var larger = (int)Math.Min(Math.Max(most, length + 1L), buffer.Length * 2L);
                    memory?.Hold(larger - buffer.Length);
                    held += larger - buffer.Length;
                    buffer = Grow(buffer, length, larger);
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

    /// <summary>To read it again; good until this is disposed of.</summary>
    public Stream AsStream() => new MemoryStream(_buffer!, 0, Length, writable: false);

    /// <summary>
    /// The memory, which the caller now has to give back to the shared pool. It counts until the request has been answered.
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

    /// <summary>Rented memory of another length with the same beginning; the old one goes back.</summary>
    public static byte[] Grow(byte[] buffer, int length, int larger)
    {
        var grown = ArrayPool<byte>.Shared.Rent(larger);
        buffer.AsSpan(0, length).CopyTo(grown);
        ArrayPool<byte>.Shared.Return(buffer);
        return grown;
    }
}
