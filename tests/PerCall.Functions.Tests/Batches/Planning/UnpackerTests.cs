using System.IO.Compression;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using PerCall.Functions.Batches.Planning;
using PerCall.Functions.Requests;
using PerCall.Functions.Transfers;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Planning;

public sealed class UnpackerTests(AzuriteFixture azurite)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Unpack_OfAFile_IsThereWhenItIsComplete()
    {
        var content = new byte[20_000_000];
        new Random(1).NextBytes(content.AsSpan(0, 9_000_000));
        var (blob, packed) = await PrepareAsync(content);
        using var upload = new BlockUpload(blob);

        await new Unpacker(packed.Length, long.MaxValue).UnpackAsync(new MemoryStream(packed), upload, Cancellation);

        Assert.False(await blob.ExistsAsync(Cancellation));
        await upload.CompleteAsync(Cancellation);
        Assert.Equal(content, (await blob.DownloadContentAsync(Cancellation)).Value.Content.ToArray());
    }

    [Fact]
    public async Task Unpack_OfABomb_Refuses()
    {
        // Nothing, a thousand times its own length; behind so much else that the ratio counts, not what is always taken.
        var content = new byte[120_000_000];
        new Random(1).NextBytes(content.AsSpan(0, 200_000));
        var packed = await PackAsync(content);
        var limit = 250L * packed.Length;
        Assert.InRange(limit, (64 << 20) + 1, 100_000_000);
        await using var stream = new UnpackedStream(new MemoryStream(packed), packed.Length, long.MaxValue);
        var (buffer, length) = (new byte[1 << 20], 0L);

        var refused = await Assert.ThrowsAsync<RefusedException>(async () =>
        {
            for (int read; (read = await stream.ReadAsync(buffer, Cancellation)) > 0; length += read)
            {
            }
        });

        Assert.Equal("unpacked_too_large", refused.Code);
        // The piece that passes the limit is not given any more.
        Assert.InRange(length, limit - buffer.Length, limit);
    }

    [Fact]
    public async Task Unpack_OfMoreThanIsTaken_Refuses()
    {
        var (blob, packed) = await PrepareAsync(new byte[5_000_000]);
        using var upload = new BlockUpload(blob);

        var refused = await Assert.ThrowsAsync<RefusedException>(
            () => new Unpacker(packed.Length, 4_000_000).UnpackAsync(new MemoryStream(packed), upload, Cancellation));

        Assert.Contains("4,000,000", refused.Message, StringComparison.Ordinal);
        Assert.InRange(upload.Length, 0, 4_000_000);
        Assert.False(await blob.ExistsAsync(Cancellation));
    }

    [Fact]
    public async Task Unpack_OfAFileThatWasCutShort_Refuses()
    {
        var content = new byte[3_000_000];
        new Random(1).NextBytes(content);
        var (blob, packed) = await PrepareAsync(content);
        using var upload = new BlockUpload(blob);

        var refused = await Assert.ThrowsAsync<RefusedException>(
            () => new Unpacker(packed.Length, long.MaxValue).UnpackAsync(new MemoryStream(packed[..^100]), upload, Cancellation));

        Assert.Equal("damaged_archive", refused.Code);
    }

    private async Task<(BlockBlobClient Blob, byte[] Packed)> PrepareAsync(byte[] content)
    {
        var container = new BlobContainerClient(azurite.ConnectionString, "unpacked");
        await container.CreateIfNotExistsAsync(cancellationToken: Cancellation);
        return (container.GetBlockBlobClient(Guid.NewGuid().ToString("n")), await PackAsync(content));
    }

    private static async Task<byte[]> PackAsync(byte[] content)
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            await gzip.WriteAsync(content, Cancellation);
        }

        return packed.ToArray();
    }
}
