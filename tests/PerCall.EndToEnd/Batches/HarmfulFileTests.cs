using System.IO.Compression;
using System.Net;
using System.Text;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.EndToEnd.Charging;
using Xunit;

namespace PerCall.EndToEnd.Batches;

/// <summary>
/// Harmful files, and files that look harmful. Each bad row is reported with its line. <c>BoundedMemoryTests</c> checks in process that
/// memory does not grow with the file.
/// </summary>
public sealed class HarmfulFileTests(Service service)
{
    /// <summary>Length of the longest line in bytes: several times the limit for a row.</summary>
    private const long Long = 64 << 20;

    /// <summary>Unpacked size of the archives in bytes: more than the service ever unpacks.</summary>
    private const long Unpacked = 100 << 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Line_WithoutEnd_IsOneError()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var upload = await tenant.Client.CreateUploadAsync(new() { Filename = "rows.jsonl" }, Cancellation);

        await PutAsync(
            upload, "{\"id\": \"first\", \"input\": \"before\"}\n{\"id\": \"long\", \"input\": \"", Long, (byte)'x',
            "\"}\n{\"id\": \"last\", \"input\": \"behind\"}\n");
        var ended = await RunAsync(tenant, upload.FileId!, BatchCalls.Text, "spam");

        Assert.Equal(("completed", new BatchCounts(3, 2, 1)), (ended.Status, ended.RequestCounts));
        Assert.Equal(
            [("first", 1), ("last", 3)],
            (await tenant.Client.RowsAsync(ended.OutputFileId)).Select(r => ((string)r["id"]!, (int)r["line"]!)));
        Assert.Equal([("row_too_long", 2)], await ErrorsAsync(tenant, ended));
    }

    [Fact]
    public async Task Lines_EmptyOnesTenMillionTimes_ArePassedOver()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var upload = await tenant.Client.CreateUploadAsync(new() { Filename = "rows.jsonl" }, Cancellation);

        await PutAsync(
            upload, "{\"id\": \"first\", \"input\": \"before\"}\n", 10_000_000, (byte)'\n',
            "{\"id\": \"last\", \"input\": \"behind\"}\n{\"id\": 3\n");
        var ended = await RunAsync(tenant, upload.FileId!, BatchCalls.Text, "spam");

        Assert.Equal(("completed", new BatchCounts(3, 2, 1)), (ended.Status, ended.RequestCounts));
        Assert.Equal(
            [("first", 1), ("last", 10_000_002)],
            (await tenant.Client.RowsAsync(ended.OutputFileId)).Select(r => ((string)r["id"]!, (int)r["line"]!)));
        Assert.Equal([("malformed_json", 10_000_003)], await ErrorsAsync(tenant, ended));
    }

    [Fact]
    public async Task Archive_WithAPictureThatUnpacksWithoutEnd_TellsItAndGoesOn()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        using var archive = new MemoryStream();
        using (var zip = new ZipArchive(archive, ZipArchiveMode.Create, leaveOpen: true))
        {
            zip.CreateEntryFromFile(Service.Sample("digits", "digit-0.png"), "first.png");
            using (var bomb = zip.CreateEntry("bomb.png", CompressionLevel.Fastest).Open())
            {
                Fill(bomb, Unpacked, 0);
            }

            zip.CreateEntryFromFile(Service.Sample("digits", "digit-0.png"), "last.png");
        }

        var file = await tenant.Client.SendAsync("pictures.zip", archive.ToArray());

        var ended = await RunAsync(tenant, file.Id, BatchCalls.Images, "digits");

        Assert.Equal(("completed", new BatchCounts(3, 2, 1)), (ended.Status, ended.RequestCounts));
        Assert.Equal([("image_too_long", 2)], await ErrorsAsync(tenant, ended));
    }

    [Fact]
    public async Task Gzip_ThatUnpacksWithoutEnd_IsRefused()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write("{\"input\": \""u8);
            Fill(gzip, Unpacked, (byte)'x');
        }

        var file = await tenant.Client.SendAsync("rows.jsonl.gz", packed.ToArray());

        var quote = await Assert.ThrowsAsync<PerCallException>(
            () => tenant.Client.QuoteBatchAsync(new() { InputFileId = file.Id, Endpoint = BatchCalls.Text, Model = "spam" }, Cancellation));
        var batch = await Assert.ThrowsAsync<PerCallException>(() => RunAsync(tenant, file.Id, BatchCalls.Text, "spam"));

        Assert.All([quote, batch], r => Assert.Equal((HttpStatusCode.BadRequest, "unpacked_too_large"), (r.Status, r.Problem!.Code)));
        Assert.Equal((0, 0), await tenant.UsedAsync(Cancellation));
    }

    [Fact]
    public async Task Gzip_ThatIsDamagedInTheMiddle_IsRefused()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (var i = 0; i < 100_000; i++)
            {
                gzip.Write(Encoding.UTF8.GetBytes($"{{\"id\": {i}, \"input\": \"number {i}\"}}\n"));
            }
        }

        var file = await tenant.Client.SendAsync("rows.jsonl.gz", packed.ToArray()[..^1000]);

        var quote = await Assert.ThrowsAsync<PerCallException>(
            () => tenant.Client.QuoteBatchAsync(new() { InputFileId = file.Id, Endpoint = BatchCalls.Text, Model = "spam" }, Cancellation));
        Assert.Equal((HttpStatusCode.BadRequest, "damaged_archive"), (quote.Status, quote.Problem!.Code));
    }

    [Fact]
    public async Task Rows_WithTooManyFieldsNulsOrOtherBytes_AreToldByTheirLine()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        byte[] table =
        [
            .. "id,text\n1,one\n2,two"u8, .. Encoding.UTF8.GetBytes(new string(',', 1000)), .. "\n3,three\n4,"u8, 0xff, 0xfe, 0xc0,
            .. "\n5,a\0b\n6,\"six\"6\n7,siebenü\n8,\"never closed\n9,nine\n"u8,
        ];
        byte[] lines =
        [
            .. "{\"id\": 1, \"input\": \"one\"}\n\0\0\0\0\n{\"id\": 3, \"input\": \"a\0b\"}\n{\"id\": 4, \"input\": \""u8, 0xff,
            .. "\"}\n{\"id\": 5, \"input\": \"fünf\"}\n"u8,
        ];

        var (fromTable, fromLines) = (
            await tenant.Client.RunAsync("rows.csv", table, BatchCalls.Text, "spam"),
            await tenant.Client.RunAsync("rows.jsonl", lines, BatchCalls.Text, "spam"));

        Assert.Equal(
            [("wrong_field_count", 3), ("invalid_utf8", 5), ("malformed_csv", 7), ("unclosed_quote", 9)],
            await ErrorsAsync(tenant, fromTable));
        // In a table NUL is a character as any other; in JSON it has to be escaped.
        Assert.Equal(["1", "3", "5", "7"], (await tenant.Client.RowsAsync(fromTable.OutputFileId)).Select(r => (string)r["id"]!));
        Assert.Equal([("malformed_json", 2), ("malformed_json", 3), ("invalid_utf8", 4)], await ErrorsAsync(tenant, fromLines));
        Assert.Equal(["1", "5"], (await tenant.Client.RowsAsync(fromLines.OutputFileId)).Select(r => (string)r["id"]!));
    }

    [Theory]
    [InlineData("rows.jsonl", "{\"id\": 1, \"input\": \"one\"}\n")]
    [InlineData("rows.csv", "id,text\n1,one\n")]
    public async Task File_InUtf16_IsRefused(string name, string content)
    {
        using var tenant = await TestTenant.CreateAsync(service);

        foreach (var encoding in (Encoding[])[Encoding.Unicode, Encoding.BigEndianUnicode, new UnicodeEncoding(
            bigEndian: false, byteOrderMark: false)])
        {
            var refusal = await Assert.ThrowsAsync<PerCallException>(
                () => tenant.Client.RunAsync(name, [.. encoding.GetPreamble(), .. encoding.GetBytes(content)], BatchCalls.Text, "spam"));
            Assert.Equal((HttpStatusCode.BadRequest, "invalid_encoding"), (refusal.Status, refusal.Problem!.Code));
        }
    }

    private static async Task<Batch> RunAsync(TestTenant tenant, string file, string endpoint, string model)
    {
        var batch = await tenant.Client.CreateBatchAsync(new() { InputFileId = file, Endpoint = endpoint, Model = model }, Cancellation);
        return await tenant.Client.EndAsync(batch.Id);
    }

    private static async Task<IEnumerable<(string Code, int Line)>> ErrorsAsync(TestTenant tenant, Batch batch) =>
        (await tenant.Client.RowsAsync(batch.ErrorFileId)).Select(r => ((string)r["error"]!["code"]!, (int)r["line"]!));

    /// <summary>Sends a file that is made while it is sent.</summary>
    private static async Task PutAsync(Upload upload, string beginning, long count, byte filling, string end)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(
            new HttpMethod(upload.Method), upload.Url)
        { Content = new FilledContent(beginning, count, filling, end) };
        foreach (var (name, value) in upload.Headers)
        {
            request.Headers.Add(name, value);
        }

        using var answer = await http.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    private static void Fill(Stream stream, long count, byte filling)
    {
        var piece = new byte[1 << 20];
        piece.AsSpan().Fill(filling);
        for (; count > 0; count -= piece.Length)
        {
            stream.Write(piece.AsSpan(0, (int)Math.Min(count, piece.Length)));
        }
    }

    private sealed class FilledContent(string beginning, long count, byte filling, string end) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(beginning), Cancellation);
            var piece = new byte[1 << 20];
            piece.AsSpan().Fill(filling);
            for (var left = count; left > 0; left -= piece.Length)
            {
                await stream.WriteAsync(piece.AsMemory(0, (int)Math.Min(left, piece.Length)), Cancellation);
            }

            await stream.WriteAsync(Encoding.UTF8.GetBytes(end), Cancellation);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = beginning.Length + count + end.Length;
            return true;
        }
    }
}
