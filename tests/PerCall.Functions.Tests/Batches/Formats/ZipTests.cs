using System.IO.Compression;
using System.Text;
using Azure;
using Azure.Storage.Blobs;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Planning;
using PerCall.Functions.Requests;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Formats;

/// <summary>Archives in storage, read by ranges.</summary>
public sealed class ZipTests(AzuriteFixture azurite)
{
    private const int MaxFile = 100_000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_InSlices_GivesEveryPictureOnceInOrder()
    {
        var random = new Random(1);
        var files = Enumerable.Range(0, 40).Select(i => ($"folder/p{i}.png", Bytes(random, random.Next(0, 9000)), i % 3 == 0)).ToList();
        var archive = Zip(
            [.. files, ("folder/", [], false), ("__MACOSX/p0.png", [1], false), (".DS_Store", [1], false), ("a/Thumbs.db", [1], false),
                ("ünï.png", [7, 8], false)]);
        foreach (var perSlice in (int[])[1, 7, 100])
        {
            var (rows, cuts) = await ReadAsync(archive, perSlice);

            Assert.Equal([.. files.Select((f, i) => (i + 1L, f.Item1, Convert.ToHexString(f.Item2))), (45, "ünï.png", "0708")], rows);
            Assert.Equal(41, cuts);
        }
    }

    [Fact]
    public async Task Read_OfZip64WithMoreEntriesThanTheOldFormatCounts_FindsAll()
    {
        const int Entries = 70_000;
        var archive = Zip(Enumerable.Range(0, Entries).Select(i => ($"{i}", new[] { (byte)i }, false)));

        var (rows, pictures) = await ReadAsync(archive, 5000);

        Assert.Equal(Entries, pictures);
        Assert.Equal(Enumerable.Range(0, Entries).Select(i => ((long)i + 1, $"{i}", $"{(byte)i:X2}")), rows);
    }

    [Fact]
    public async Task Read_OfAnEntryThatInflatesBeyondMeasure_StopsThere()
    {
        var archive = Zip([("bomb.png", new byte[50_000_000], true), ("after.png", [5], false)]);

        var (rows, _) = await ReadAsync(archive, 10);

        Assert.Equal([(1, "bomb.png", "image_too_long"), (2, "after.png", "05")], rows);
    }

    [Fact]
    public async Task Read_OfAnEntryThatIsDamaged_IsAFaultOfThatEntry()
    {
        var archive = Zip([("a.png", Bytes(new Random(2), 5000), true), ("b.png", [5], false)]);
        // Within the deflated data of the first entry.
        archive.AsSpan(60, 40).Fill(0xff);

        var (rows, _) = await ReadAsync(archive, 10);

        Assert.Equal((1, "a.png", "damaged_entry"), rows[0]);
        Assert.Equal((2, "b.png", "05"), rows[1]);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.99)]
    public async Task Find_InAnArchiveThatWasCutShort_Refuses(double share)
    {
        var archive = Zip([("a.png", Bytes(new Random(2), 5000), false), ("b.png", [5], false)]);

        Assert.Equal(
            "damaged_archive",
            (await Assert.ThrowsAsync<RefusedException>(() => ReadAsync(archive[..(int)(archive.Length * share)], 10))).Code);
    }

    [Theory]
    [InlineData("cp437.zip", "für.png fôr.png fúr.png")]
    [InlineData("trailnl.zip", null)]
    public async Task Read_OfCases_GivesEachEntryItsOwnName(string file, string? names)
    {
        var (rows, _) = await ReadAsync(Repository.Case(file), 10);

        Assert.NotEmpty(rows);
        Assert.Equal(names ?? string.Join(' ', rows.Select(r => r.Item2)), string.Join(' ', rows.Select(r => r.Item2)));
        Assert.Equal(rows.Count, rows.Select(r => r.Item2).Distinct().Count());
    }

    [Theory]
    [InlineData("badcrc.zip")]
    [InlineData("badcrc_bmp.zip")]
    public async Task Read_OfAnEntryThatDoesNotFitItsChecksum_IsAFault(string file)
    {
        var (rows, _) = await ReadAsync(Repository.Case(file), 10);

        Assert.Contains(rows, r => r.Item3 == "damaged_entry");
    }

    [Fact]
    public async Task Read_OfFoldersWithBackslashes_PassesOverJunk()
    {
        var (rows, pictures) = await ReadAsync(Repository.Case("backslash.zip"), 10);

        Assert.All(rows, r => Assert.EndsWith(".png", r.Item2, StringComparison.OrdinalIgnoreCase));
        Assert.Equal(rows.Count, pictures);
    }

    private static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Zip(IEnumerable<(string Name, byte[] Content, bool Deflated)> files)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true, Encoding.UTF8))
        {
            foreach (var (name, content, deflated) in files)
            {
                using var entry = zip.CreateEntry(name, deflated ? CompressionLevel.Fastest : CompressionLevel.NoCompression).Open();
                entry.Write(content);
            }
        }

        return stream.ToArray();
    }

    /// <summary>Rows as number, name and content or fault; and how many pictures were counted.</summary>
    private async Task<(List<(long, string, string)> Rows, long Pictures)> ReadAsync(byte[] archive, int perSlice)
    {
        var container = new BlobContainerClient(azurite.ConnectionString, "archives");
        await container.CreateIfNotExistsAsync(cancellationToken: Cancellation);
        var blob = container.GetBlobClient(Guid.NewGuid().ToString("n"));
        ETag etag = (await blob.UploadAsync(BinaryData.FromBytes(archive), Cancellation)).Value.ETag;
        var directory = await ZipDirectory.FindAsync(blob, etag, archive.Length, Cancellation);
        await using var stream = new BlobPart(blob, etag, directory.Offset, directory.Length);
        var cuts = await ZipCutter.CutAsync(stream, directory, perSlice, int.MaxValue, Cancellation);
        List<(long, string, string)> rows = [];
        foreach (var cut in cuts)
        {
            var slice = await ZipSlice.OpenAsync(blob, etag, directory.Offset, cut.From, cut.To, Cancellation);
            await using var reader = new ZipReader(
                await ZipArchive.CreateAsync(slice, ZipArchiveMode.Read, leaveOpen: false, entryNameEncoding: null, Cancellation),
                slice.Entries,
                cut.Line,
                MaxFile);
            using var batch = new RowBatch();
            for (; await reader.ReadAsync(batch, 16, Cancellation); batch.Clear())
            {
                rows.AddRange(batch.Rows.Select(r => (r.Line, r.Name!, r.Fault?.Code ?? Convert.ToHexString(batch.BytesOf(r).Span))));
            }
        }

        return (rows, cuts.Sum(c => c.Rows));
    }
}
