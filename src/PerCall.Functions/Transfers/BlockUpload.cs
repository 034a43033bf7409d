using System.Buffers;
using System.Globalization;
using System.Text;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using PerCall.Functions.Requests;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Transfers;

/// <summary>Writes a blob block by block as data arrives. The blob becomes visible only when it is complete.</summary>
/// <param name="blob">The blob to write.</param>
/// <param name="memory">The memory budget to reserve from as data arrives; null: memory is not counted.</param>
/// <param name="name">
/// Names a block of <see cref="ArrivedParts.NameLength"/> characters by its offset and length; null: the blocks are this upload's alone.
/// </param>
public sealed class BlockUpload(BlockBlobClient blob, BodyMemory? memory = null, Func<long, int, string>? name = null) : IDisposable
{
    public const int BlockBytes = 8 << 20;

    private const int FirstBytes = 64 << 10;
    private const int CountDigits = 6;

    // Two uploads to the same blob must not overwrite each other's blocks.
    private readonly string _prefix = Guid.NewGuid().ToString("n")[..(ArrivedParts.NameLength - CountDigits)];
    private readonly List<string> _blocks = [];
    private byte[] _block = ArrayPool<byte>.Shared.Rent(FirstBytes);
    private int _size = FirstBytes;
    private int _held;

    /// <summary>Returns the number of bytes written so far.</summary>
    public long Length { get; private set; }

    /// <summary>Returns the number of bytes that are in no block yet.</summary>
    public int Held => _held;

    /// <summary>Writes what is held as a block.</summary>
    public Task FlushAsync(CancellationToken cancellation) => StageAsync(cancellation);

    public async ValueTask AddAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        while (!bytes.IsEmpty)
        {
            var taken = Math.Min(_size - _held, bytes.Length);
            bytes[..taken].CopyTo(_block.AsMemory(_held));
            (_held, Length, bytes) = (_held + taken, Length + taken, bytes[taken..]);
            if (_held == BlockBytes)
            {
                await StageAsync(cancellation);
            }
            else if (_held == _size)
            {
                Grow();
            }
        }
    }

    /// <returns>The blob's ETag.</returns>
    public Task<ETag> CompleteAsync(CancellationToken cancellation) => CompleteAsync(conditions: null, cancellation);

    /// <param name="conditions">Conditions on an existing blob; null: it is replaced.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <returns>The blob's ETag.</returns>
    public async Task<ETag> CompleteAsync(BlobRequestConditions? conditions, CancellationToken cancellation)
    {
        await StageAsync(cancellation);
        var options = new CommitBlockListOptions { Conditions = conditions };
        try
        {
            return (await blob.CommitBlockListAsync(_blocks, options, cancellation)).Value.ETag;
        }
        catch (RequestFailedException e) when (conditions is not null && e.IsWriteConflict())
        {
            // If the answer of a commit is lost, the client library repeats it, and finds the blob that it has written.
            if (await FindCommittedAsync(cancellation) is { } etag)
            {
                return etag;
            }

            throw;
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(Interlocked.Exchange(ref _block, []));
        memory?.Release(_size - FirstBytes);
        _size = FirstBytes;
    }

    /// <returns>The blob's ETag; null: the blob was written by another upload.</returns>
    private async Task<ETag?> FindCommittedAsync(CancellationToken cancellation)
    {
        if (_blocks.Count == 0)
        {
            return null;
        }

        var found = await blob.GetBlockListAsync(BlockListTypes.Committed, cancellationToken: cancellation);
        return found.Value.CommittedBlocks.Select(b => b.Name).SequenceEqual(_blocks) ? found.GetRawResponse().Headers.ETag : null;
    }

    private void Grow()
    {
        memory?.Hold(_size);
        (_block, _size) = (RentedBody.Grow(_block, _held, _size * 2), _size * 2);
    }

    private async Task StageAsync(CancellationToken cancellation)
    {
        if (_held == 0)
        {
            return;
        }

        var block = name?.Invoke(Length - _held, _held)
            ?? string.Create(CultureInfo.InvariantCulture, $"{_prefix}{_blocks.Count:000000}");
        var id = Convert.ToBase64String(Encoding.ASCII.GetBytes(block));
        using var content = new MemoryStream(_block, 0, _held, writable: false);
        await blob.StageBlockAsync(id, content, new BlockBlobStageBlockOptions(), cancellation);
        _blocks.Add(id);
        _held = 0;
    }
}
