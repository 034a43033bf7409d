using System.Buffers;
using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Journal;

/// <summary>A line of a journal blob.</summary>
/// <param name="End">Bytes from the blob's start to behind the line.</param>
/// <param name="Line">Its content.</param>
public readonly record struct JournalEntry(long End, JournalLine Line);

/// <summary>A journal blob and its present length.</summary>
public readonly record struct JournalBlobItem(string Name, long Length);

/// <summary>Reads journal blobs as streams, a part at a time.</summary>
public sealed class JournalReader(JournalContainer container)
{
    private const int PartBytes = 256 << 10;

    /// <summary>
    /// Whole lines from an offset to another, or to the blob's present end, and no further than its first mark. From an offset at which no
    /// line begins, or that the blob does not reach, because storage has lost what was there: none.
    /// </summary>
    /// <exception cref="RequestFailedException">404: there is no such blob.</exception>
    public async IAsyncEnumerable<JournalEntry> ReadAsync(
        string blob, long from, long to = long.MaxValue, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var client = container.Blob(blob);
        var held = ArrayPool<byte>.Shared.Rent(PartBytes);
        var count = 0;
        // With the end of the line before, where there is one.
        var before = from > 0 && from < to ? 1 : 0;
        var offset = from - before;
        try
        {
            for (var atEnd = false; !atEnd && offset < to;)
            {
                var room = (int)Math.Min(held.Length - count, to - offset);
                var read = await ReadPartAsync(client, offset, held.AsMemory(count, room), cancellation);
                atEnd = read < room;
                offset += read;
                count += read;

                var start = 0;
                if (before > 0)
                {
                    if (count == 0 || held[0] != (byte)'\n')
                    {
                        yield break;
                    }

                    (start, before) = (1, 0);
                }

                while (held.AsSpan(start, count - start).IndexOf((byte)'\n') is >= 0 and var length)
                {
                    var line = JournalLine.Parse(held.AsSpan(start, length));
                    start += length + 1;
                    yield return new(offset - (count - start), line);
                    if (line.IsMark)
                    {
                        yield break;
                    }
                }

                held.AsSpan(start, count - start).CopyTo(held);
                count -= start;
                if (count == held.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(held.Length * 2);
                    held.CopyTo(larger, 0);
                    ArrayPool<byte>.Shared.Return(held);
                    held = larger;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(held);
        }
    }

    /// <summary>
    /// Blobs of the hours from <paramref name="hour"/> on, however many hours without any lie between, in the order of their names.
    /// </summary>
    /// <param name="hour">As names begin with it; empty: all.</param>
    /// <param name="cancellation">Ends the listing.</param>
    public IAsyncEnumerable<JournalBlobItem> ListAsync(string hour, CancellationToken cancellation) => ListAsync("", hour, cancellation);

    /// <summary>Whether a blob has all that stood before an offset, as far as its length and the end of a line there tell.</summary>
    public async Task<bool> ReachesAsync(string blob, long offset, CancellationToken cancellation)
    {
        if (offset == 0)
        {
            return true;
        }

        var end = new byte[1];
        try
        {
            return await ReadPartAsync(container.Blob(blob), offset - 1, end, cancellation) == 1 && end[0] == (byte)'\n';
        }
        catch (RequestFailedException e) when (e.IsBlobNotFound())
        {
            return false;
        }
    }

    public async Task<bool> ExistsAsync(string blob, CancellationToken cancellation) =>
        await container.Blob(blob).ExistsAsync(cancellation);

    private async IAsyncEnumerable<JournalBlobItem> ListAsync(
        string prefix, string hour, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var options = new GetBlobsByHierarchyOptions { Prefix = prefix, Delimiter = "/" };
        await foreach (var item in container.Client.GetBlobsByHierarchyAsync(options, cancellation))
        {
            if (!item.IsPrefix)
            {
                if (prefix.Length > JournalBlob.HourLength)
                {
                    yield return new(item.Blob.Name, item.Blob.Properties.ContentLength ?? 0);
                }

                continue;
            }

            // A prefix of the hour itself is to be looked into; so is everything later.
            var folder = item.Prefix.TrimEnd('/');
            if (string.CompareOrdinal(folder, hour.Length > folder.Length ? hour[..folder.Length] : hour) >= 0)
            {
                await foreach (var blob in ListAsync(item.Prefix, hour, cancellation))
                {
                    yield return blob;
                }
            }
        }
    }

    /// <summary>Bytes read; 0 at the blob's end.</summary>
    private static async Task<int> ReadPartAsync(AppendBlobClient client, long offset, Memory<byte> into, CancellationToken cancellation)
    {
        try
        {
            var options = new BlobDownloadOptions { Range = new HttpRange(offset, into.Length) };
            using var part = (await client.DownloadStreamingAsync(options, cancellation)).Value;
            return await part.Content.ReadAtLeastAsync(into, into.Length, throwOnEndOfStream: false, cancellation);
        }
        catch (RequestFailedException e) when (e.IsBehindTheEnd())
        {
            return 0;
        }
    }
}
