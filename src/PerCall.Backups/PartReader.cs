using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;

namespace PerCall.Backups;

/// <summary>A row of a part, and the bytes of its line.</summary>
internal readonly record struct PartRow(TableEntity Row, int Bytes);

/// <summary>Reads parts as streams, and verifies them at their end.</summary>
internal static class PartReader
{
    private const int BufferBytes = 1 << 20;

    /// <exception cref="RestoreException">The part is missing or damaged. Rows of a damaged part can have been returned.</exception>
    public static async IAsyncEnumerable<PartRow> ReadAsync(
        BackupContainer container, BackupPart part, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var hash = SHA256.Create();
        var rows = 0L;
        await using var stored = await OpenAsync(container, part, cancellationToken);
        await using var hashed = new CryptoStream(stored, hash, CryptoStreamMode.Read);
        await using var unzipped = new GZipStream(hashed, CompressionMode.Decompress, leaveOpen: true);
        using var reader = new StreamReader(unzipped, Encoding.UTF8);
        while (true)
        {
            TableEntity row;
            int length;
            try
            {
                if (await reader.ReadLineAsync(cancellationToken) is not { } line)
                {
                    break;
                }

                (row, length) = (RowLine.Read(line), line.Length);
            }
            catch (Exception e) when (e is InvalidDataException or JsonException)
            {
                throw Damaged(part, e.Message);
            }

            rows++;
            yield return new(row, length);
        }

        await hashed.CopyToAsync(Stream.Null, cancellationToken);
        var found = Convert.ToHexStringLower(hash.Hash!);
        if (found != part.Sha256)
        {
            throw Damaged(part, $"Its SHA-256 is {found}; the manifest says {part.Sha256}.");
        }

        if (rows != part.Rows)
        {
            throw Damaged(part, $"It has {rows} rows; the manifest says {part.Rows}.");
        }
    }

    private static async Task<Stream> OpenAsync(BackupContainer container, BackupPart part, CancellationToken cancellationToken)
    {
        try
        {
            return await container.Client.GetBlobClient(part.Blob).OpenReadAsync(
                new Azure.Storage.Blobs.Models.BlobOpenReadOptions(allowModifications: false) { BufferSize = BufferBytes },
                cancellationToken);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            throw Damaged(part, "It does not exist.");
        }
    }

    private static RestoreException Damaged(BackupPart part, string why) =>
        new($"The blob {BackupContainer.Name}/{part.Blob} is damaged; choose another backup. {why}");
}
