using System.Buffers;
using PerCall.Functions.Requests;

namespace PerCall.Functions.OpenInference;

/// <summary>
/// Bytes in rented memory, which grows up to a limit. The memory counts against the request's share of the budget until the request ends.
/// </summary>
/// <param name="memory">The request's share of the memory budget; null when the memory is not counted.</param>
/// <param name="limit">Maximum number of bytes. It is checked when the memory grows, so 4 KiB more can be written.</param>
/// <param name="tooLong">Creates the error for more bytes.</param>
public sealed class RentedBuffer(BodyMemory? memory, int limit, Func<Exception> tooLong) : IBufferWriter<byte>, IDisposable
{
    private const int Least = 4096;

    private byte[]? _bytes;
    private int _length;

    /// <summary>The written bytes, valid until disposal.</summary>
    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, _length);

    public void Advance(int count) => _length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _bytes, null) is { } bytes)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private void Reserve(int size)
    {
        var needed = (long)_length + Math.Max(1, size);
        var capacity = _bytes?.Length ?? 0;
        if (needed <= capacity)
        {
            return;
        }

        // Writers ask for more than they write.
        if (needed > (long)limit + Least)
        {
            throw tooLong();
        }

        var larger = (int)Math.Min(Array.MaxLength, Math.Max(Math.Max(needed, Least), capacity * 2L));
        memory?.Hold(larger - capacity);
        _bytes = _bytes is null ? ArrayPool<byte>.Shared.Rent(larger) : RentedBody.Grow(_bytes, _length, larger);
    }
}
