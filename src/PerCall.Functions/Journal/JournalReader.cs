using System.Buffers;
using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Journal;

/// <summary>A line of a journal blob.</summary>
/// <param name="End">The offset of the line's end, in bytes from the blob's start.</param>
/// <param name="Line">The content of the line.</param>
public readonly record struct JournalEntry(long End, JournalLine Line);

/// <summary>A journal blob and its current length in bytes.</summary>
public readonly record struct JournalBlobItem(string Name, long Length);

/// <summary>Reads journal blobs as streams, in parts.</summary>
public sealed class JournalReader(JournalContainer container)
{
    private const int PartBytes = 256 << 10;

    /// <summary>
    /// Returns the complete lines from an offset to another offset or the blob's current end, but not beyond its first mark. Returns no
    /// lines if no line begins at the offset, or if the blob is shorter because storage lost data.
    /// </summary>
    /// <exception cref="RequestFailedException">404: the blob does not exist.</exception>
    public async IAsyncEnumerable<JournalEntry> ReadAsync(
        string blob, long from, long to = long.MaxValue, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var client = container.Blob(blob);
        var held = ArrayPool<byte>.Shared.Rent(PartBytes);
        var count = 0;
        // Include the end of the previous line, if there is one.
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
    /// Lists the blobs of the hours from <paramref name="hour"/> on, in the order of their names, however many empty hours are in between.
    /// </summary>
    /// <param name="hour">The hour in the form of blob names; empty: all hours.</param>
    /// <param name="cancellation">Cancels the listing.</param>
    public IAsyncEnumerable<JournalBlobItem> ListAsync(string hour, CancellationToken cancellation) => ListAsync("", hour, cancellation);

    /// <summary>Returns whether a blob reaches an offset. Checks only its length and that a line ends there.</summary>
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

            // List prefixes of the hour itself and everything later.
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

    /// <summary>Returns the number of bytes read; 0 at the blob's end.</summary>
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
