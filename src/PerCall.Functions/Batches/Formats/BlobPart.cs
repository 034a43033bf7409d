using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using PerCall.Functions.Requests;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Batches.Formats;

/// <summary>
/// Reads a blob from an offset, in the version that was accepted with its job. The first request fetches the bytes that are likely to be
/// needed; further requests are sent only if the reader continues past them.
/// </summary>
/// <param name="blob">The blob.</param>
/// <param name="etag">The ETag of the accepted version. If the blob has changed, reading throws <see cref="InputLostException"/>.</param>
/// <param name="offset">The offset of the first byte to read.</param>
/// <param name="first">The number of bytes to fetch with the first request.</param>
public sealed class BlobPart(BlobClient blob, ETag etag, long offset, long first) : ReadingStream
{
    private const int More = 256 << 10;

    private Stream? _part;
    private long _next = offset;
    private long _length = Math.Max(1, first);
    private bool _over;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!_over)
        {
            _part ??= await OpenAsync(cancellationToken);
            if (_part is null)
            {
                break;
            }

            var read = await ReadPartAsync(_part, buffer, cancellationToken);
            if (read > 0)
            {
                return read;
            }

            await _part.DisposeAsync();
            _part = null;
            (_next, _length) = (_next + _length, More);
        }

        return 0;
    }

    public override async ValueTask DisposeAsync()
    {
        if (_part is not null)
        {
            await _part.DisposeAsync();
        }

        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _part?.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadPartAsync(Stream part, Memory<byte> buffer, CancellationToken cancellation)
    {
        try
        {
            return await part.ReadAsync(buffer, cancellation);
        }
        catch (RequestFailedException e) when (e.IsChangedOrGone())
        {
            // The library resumed a broken download and found a different version of the blob.
            throw await InputLostException.OfAsync(blob, e);
        }
    }

    private async Task<Stream?> OpenAsync(CancellationToken cancellation)
    {
        try
        {
            var options = new BlobDownloadOptions { Range = new HttpRange(_next, _length), Conditions = new() { IfMatch = etag } };
            return (await blob.DownloadStreamingAsync(options, cancellation)).Value.Content;
        }
        catch (RequestFailedException e) when (e.IsBehindTheEnd())
        {
            // The offset is past the end of the blob.
            _over = true;
            return null;
        }
        catch (RequestFailedException e) when (e.IsChangedOrGone())
        {
            throw await InputLostException.OfAsync(blob, e);
        }
    }
}
