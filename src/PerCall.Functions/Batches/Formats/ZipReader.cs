using System.IO.Compression;
using System.IO.Hashing;
using PerCall.Functions.Scoring;

namespace PerCall.Functions.Batches.Formats;

/// <summary>
/// Reads the pictures of a slice of an archive. Never inflates an entry beyond the maximum picture size, regardless of the size it
/// declares.
/// </summary>
/// <param name="archive">The slice.</param>
/// <param name="names">The names of its entries. They are passed in because the library reads names in other code pages as UTF-8.</param>
/// <param name="first">The number of the slice's first entry in the whole archive, from 1.</param>
/// <param name="maxBytes">The maximum size of a picture in bytes.</param>
public sealed class ZipReader(ZipArchive archive, IReadOnlyList<ZipEntryName> names, long first, int maxBytes) : IRowReader
{
    private const int Chunk = 64 << 10;

    private int _next;

    public long Blank { get; private set; }

    public static async Task<ZipReader> OpenAsync(ZipSlice slice, long first, IFileScorer scorer, CancellationToken cancellation) =>
        new(
            await ZipArchive.CreateAsync(slice, ZipArchiveMode.Read, leaveOpen: false, entryNameEncoding: null, cancellation),
            slice.Entries,
            first,
            scorer.MaxFileBytes);

    public async ValueTask<bool> ReadAsync(RowBatch batch, int most, CancellationToken cancellation)
    {
        var before = batch.Rows.Count;
        while (batch.Rows.Count < most && !batch.HasEnough && _next < archive.Entries.Count)
        {
            var (entry, name) = (archive.Entries[_next], names[_next]);
            var number = first + _next++;
            if (!name.IsPicture)
            {
                Blank++;
                continue;
            }

            await ReadAsync(batch, entry, name.Name, number, cancellation);
        }

        return batch.Rows.Count > before;
    }

    public async ValueTask DisposeAsync() => await archive.DisposeAsync();

    private async ValueTask ReadAsync(RowBatch batch, ZipArchiveEntry entry, string name, long number, CancellationToken cancellation)
    {
        if (entry.IsEncrypted)
        {
            batch.Add(number, new RowFault("encrypted_entry", "The entry is encrypted."), name);
            return;
        }

        try
        {
            await using var content = await entry.OpenAsync(cancellation);
            var length = 0;
            while (true)
            {
                var room = batch.Room(length + Chunk)[length..];
                var read = await content.ReadAsync(room, cancellation);
                length += read;
                if (length > maxBytes)
                {
                    batch.Add(
                        number,
                        new RowFault(
                            "image_too_long",
                            $"The unpacked picture is too large; allowed: at most {maxBytes:N0} bytes."),
                        name);
                    return;
                }

                if (read > 0)
                {
                    continue;
                }

                // The library does not verify the checksum.
                if (Crc32.HashToUInt32(batch.Room(length).Span) != entry.Crc32)
                {
                    batch.Add(number, new RowFault("damaged_entry", "The entry's content does not match its checksum (CRC-32)."), name);
                    return;
                }

                batch.Keep(number, length, name);
                return;
            }
        }
        catch (InvalidDataException e)
        {
            batch.Add(number, new RowFault("damaged_entry", $"The entry cannot be unpacked: {e.Message}"), name);
        }
    }
}
