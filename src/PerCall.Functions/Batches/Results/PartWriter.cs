using System.Buffers;
using Azure.Storage.Blobs.Specialized;

namespace PerCall.Functions.Batches.Results;

/// <summary>
/// Writes what one attempt at a shard adds to one file. Stages it in blocks as it grows, so that only a part of it is in memory.
/// </summary>
/// <param name="blob">The file; null: the data is only measured.</param>
/// <param name="shard">The shard number.</param>
/// <param name="attempt">The attempt's id.</param>
/// <param name="partBytes">The size in bytes at which a block is staged.</param>
/// <param name="mostParts">The maximum number of blocks. The last block takes all remaining data.</param>
public sealed class PartWriter(
    BlockBlobClient? blob, int shard, string attempt, int partBytes, int mostParts = int.MaxValue) : IBufferWriter<byte>, IDisposable
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
    private int _length;

    /// <summary>Returns the number of blocks staged so far.</summary>
    public int Parts { get; private set; }

    /// <summary>Returns the number of bytes written so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>Returns the data that has not been staged yet.</summary>
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public bool IsFull => _length >= partBytes && Parts < mostParts - 1;

    public void Advance(int count)
    {
        _length += count;
        Bytes += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(1, sizeHint));
        return _buffer.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Stages the buffered data.</summary>
    public async Task StageAsync(CancellationToken cancellation)
    {
        if (_length == 0)
        {
            return;
        }

        if (blob is not null)
        {
            using var content = new MemoryStream(_buffer, 0, _length, writable: false);
            await blob.StageBlockAsync(ResultBlocks.Id(shard, attempt, Parts), content, cancellationToken: cancellation);
        }

        Parts++;
        _length = 0;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(Interlocked.Exchange(ref _buffer, []));

    private void Reserve(int more)
    {
        if (_length + more <= _buffer.Length)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + more, _buffer.Length * 2));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
