using System.IO.Compression;
using System.Text;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Options;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Quotes;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;
using PerCall.Functions.Tests.Batches.Formats;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Quotes;

/// <summary>The beginning of a file in storage, as a quote reads it, and the size it gives for the whole.</summary>
public sealed class QuoteRowsTests(AzuriteFixture azurite)
{
    private const string Container = "quotes";
    private const string Line = "{\"text\": \"0123456789\", \"n\": 12345}\n";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("rows.jsonl")]
    [InlineData("rows.jsonl.gz")]
    public async Task Size_WholeFileIsRead_IsExact(string name)
    {
        var content = Repeat(Line, 50);

        var (rows, read, size) = await ReadAsync(name, content, new() { QuotedBytes = 1 << 20 });

        Assert.Equal((50, content.Length), (rows, read));
        Assert.Equal(new QuotedSize(50, 50, content.Length, content.Length, false), size);
    }

    [Fact]
    public async Task Size_PartOfAFileIsRead_IsExtrapolated()
    {
        var content = Repeat(Line, 1000);

        // 28 lines fit, and the one that is begun is read to its end.
        var (rows, read, size) = await ReadAsync("rows.jsonl", content, new() { QuotedBytes = (28 * Line.Length) + 1 });

        Assert.Equal((29, 29 * Line.Length), (rows, read));
        // Rows of one byte and a line feed could follow.
        var mostRows = 29 + ((content.Length - read + 1) / 2);
        Assert.Equal(new QuotedSize(1000, mostRows, content.Length, content.Length, true), size);
    }

    [Fact]
    public async Task Size_PartOfATableIsRead_DoesNotCountItsHeaderAsRows()
    {
        const string Header = "id,a_rather_long_name_of_a_column,text\n";
        const string Row = "1,2,three\n";
        var content = Encoding.UTF8.GetBytes(Header + string.Concat(Enumerable.Repeat(Row, 400)));

        var (rows, read, size) = await ReadAsync("rows.csv", content, new() { QuotedBytes = Header.Length + (10 * Row.Length) });

        Assert.Equal((10, Header.Length + (10 * Row.Length)), (rows, read));
        Assert.Equal((400, content.Length, true), (size.Rows, size.Bytes, size.Extrapolated));
    }

    [Fact]
    public async Task Size_PartOfACompressedFileIsRead_IsBoundedByWhatMayBeUnpacked()
    {
        const long MaxUnpacked = 100L << 20;
        var text = new byte[6 << 20];
        new Random(1).NextBytes(text);
        // Lines of 64 digits that gzip shrinks to half.
        var content = Encoding.UTF8.GetBytes(string.Concat(text.Chunk(32).Select(c => $"{{\"text\": \"{Convert.ToHexString(c)}\"}}\n")));
        var options = new BatchOptions { QuotedBytes = 100_000, MaxUnpackedBytes = MaxUnpacked };

        var (_, read, size) = await ReadAsync("rows.jsonl.gz", content, options);

        Assert.InRange(read, options.QuotedBytes, options.QuotedBytes + 100);
        Assert.InRange(size.Bytes, content.Length * 0.8, content.Length * 1.3);
        Assert.InRange(size.Rows, content.Length / 77 * 0.8, content.Length / 77 * 1.3);
        Assert.True(size.Extrapolated);
        Assert.InRange(size.MostBytes, 64 << 20, MaxUnpacked);
        Assert.InRange(size.MostRows, (size.MostBytes - read) / 2, size.MostBytes);
    }

    [Fact]
    public async Task Read_FileThatUnpacksToTooMuch_IsRefused()
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(() => ReadAsync(
            "rows.jsonl.gz", Repeat(Line, 1000), new() { QuotedBytes = 1000, MaxUnpackedBytes = 20 * Line.Length }));

        Assert.Equal("unpacked_too_large", refused.Code);
    }

    [Theory]
    // A picture has 400 bytes; entries of the directory that have been read are known.
    [InlineData(1000, 3, true)]
    [InlineData(100_000, 6, false)]
    public async Task Size_OfAnArchive_CountsTheEntriesOfItsDirectory(long quotedBytes, int pictures, bool extrapolated)
    {
        var archive = Archive(6);

        var (rows, read, size) = await ReadAsync("pictures.zip", archive, new() { QuotedBytes = quotedBytes });

        Assert.Equal((pictures, pictures * 400), (rows, read));
        Assert.Equal(new QuotedSize(6, 6, archive.Length, archive.Length, extrapolated), size);
    }

    [Fact]
    public async Task Size_OfAnArchiveWhoseDirectoryIsReadInPart_IsExtrapolated()
    {
        // One slice of 500 entries is read of the directory.
        var (rows, _, size) = await ReadAsync("pictures.zip", Archive(1200), new() { QuotedBytes = 100_000 });

        Assert.Equal(250, rows);
        Assert.Equal((1200, true), (size.Rows, size.Extrapolated));
        Assert.InRange(size.MostRows, 1200, 1500);
    }

    [Fact]
    public async Task Open_ArchiveForATaskWithoutPictures_IsRefused()
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(
            () => ReadAsync("pictures.zip", Archive(1), new(), new TableScorer()));

        Assert.Equal("archive_of_pictures", refused.Code);
    }

    private async Task<(int Rows, long Read, QuotedSize Size)> ReadAsync(
        string name, byte[] content, BatchOptions options, ITaskScorer? task = null)
    {
        var scorer = task ?? (name.EndsWith(".zip", StringComparison.Ordinal) ? new PictureScorer() : new TableScorer());
        var service = new BlobServiceClient(azurite.ConnectionString);
        await service.GetBlobContainerClient(Container).CreateIfNotExistsAsync(cancellationToken: Cancellation);
        var blob = service.GetBlobContainerClient(Container).GetBlobClient($"{Guid.NewGuid():n}/{name}");
        var bytes = name.EndsWith(".gz", StringComparison.Ordinal) ? Packed(content) : content;
        var etag = (await blob.UploadAsync(BinaryData.FromBytes(bytes), Cancellation)).Value.ETag;
        var input = new JobInput(Container, blob.Name, etag.ToString("H"), bytes.Length);
        var quotes = new QuoteRows(new RowSource(new(service, service, [new(Container, Kept: false)])), Options.Create(options));

        var probe = await quotes.ProbeAsync(input, scorer, encoding: null, Cancellation);
        await using var quoted = await quotes.OpenAsync(input, probe, scorer, Cancellation);
        using var batch = new RowBatch();
        var rows = 0;
        for (; !quoted.IsEnough && await quoted.Reader.ReadAsync(batch, 1, Cancellation); batch.Clear())
        {
            rows += batch.Rows.Count;
        }

        return (rows, quoted.Read, quoted.SizeOf(rows));
    }

    private static byte[] Repeat(string line, int count) => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(line, count)));

    private static byte[] Packed(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(content);
        }

        return packed.ToArray();
    }

    private static byte[] Archive(int pictures)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            for (var picture = 0; picture < pictures; picture++)
            {
                using var entry = zip.CreateEntry($"{picture:0000}.png", CompressionLevel.NoCompression).Open();
                entry.Write(new byte[400]);
            }
        }

        return stream.ToArray();
    }

    /// <summary>A task that takes files too, and scores nothing.</summary>
    private sealed class PictureScorer : TableScorer, IFileScorer
    {
        public int MaxFileBytes => 1000;

        public TaskInput FromFile(byte[] rented, int length) => throw new NotSupportedException();
    }
}
