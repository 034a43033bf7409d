using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using PerCall.Functions.Requests;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Batches.Formats;

/// <summary>
/// A blob from an offset on, as it was when its job was accepted. What is likely to be needed comes with one request, and only if a reader
/// goes on behind that, more is asked for.
/// </summary>
/// <param name="blob">The blob.</param>
/// <param name="etag">As it was; one that has changed since is an <see cref="InputLostException"/>.</param>
/// <param name="offset">Where reading begins.</param>
/// <param name="first">Bytes of the first request.</param>
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
            // The library resumes a broken download, and finds another blob.
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
            // Behind the blob's end.
            _over = true;
            return null;
        }
        catch (RequestFailedException e) when (e.IsChangedOrGone())
        {
            throw await InputLostException.OfAsync(blob, e);
        }
    }
}
