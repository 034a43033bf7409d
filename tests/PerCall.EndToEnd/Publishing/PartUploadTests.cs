using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.Testing;
using Xunit;

namespace PerCall.EndToEnd.Publishing;

/// <summary>Packages that go through the service in parts.</summary>
public sealed class PartUploadTests(Service service) : IAsyncLifetime
{
    private const int Part = 300_000;

    private readonly HttpClient _plain = new();
    private ServiceProcess _closed = null!;
    private PerCallClient _client = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _closed = await StartAsync();
        _client = PerCallClient.Connect(_closed.Address, Service.OperatorKey);
    }

    public async ValueTask DisposeAsync()
    {
        _plain.Dispose();
        await _closed.DisposeAsync();
    }

    [Fact]
    [Trait("Processes", "several")]
    public async Task Put_PartsOnSeveralInstances_OneOfWhichIsKilled_CompleteTheFile()
    {
        var zip = Packages.Zip("in-parts", 4 * Part);
        var upload = await _client.CreatePackageUploadAsync(Cancellation);
        Assert.Equal((PackageUpload.ContentRange, 8 << 20, 10L << 30), (upload.Parts, upload.PartBytes, upload.MaxBytes));
        await AssertArrivedAsync(AskAsync(upload.Url, zip.Length), 0);

        await AssertArrivedAsync(PutAsync(upload.Url, zip, 0, Part), Part);
        // Twice, and once more with what follows.
        await AssertArrivedAsync(PutAsync(upload.Url, zip, 0, Part), Part);
        await AssertArrivedAsync(PutAsync(upload.Url, zip, 0, 2 * Part), 2 * Part);
        var before = await _client.GetPackageUploadAsync(upload.Id, Cancellation);
        Assert.Equal(("uploading", (long?)(2 * Part)), (before.Status, before.BytesReceived));

        await using var other = await StartAsync();
        var there = new UriBuilder(upload.Url) { Port = other.Address.Port }.Uri;
        await _closed.KillAsync();
        await AssertArrivedAsync(AskAsync(there, zip.Length), 2 * Part);
        await AssertArrivedAsync(PutAsync(there, zip, 2 * Part, 4 * Part), 4 * Part);
        for (var time = 0; time < 2; time++)
        {
            using var last = await PutAsync(there, zip, 4 * Part, zip.Length);
            Assert.Equal(HttpStatusCode.Created, last.StatusCode);
            Assert.NotNull(last.Headers.ETag);
        }

        using var asked = await AskAsync(there, zip.Length);
        Assert.Equal(HttpStatusCode.Created, asked.StatusCode);
        await Problems.AssertAsync(await PutAsync(there, zip, 0, zip.Length - 1, zip.Length - 1), 409, "address_used", null);
        var survivor = PerCallClient.Connect(other.Address, Service.OperatorKey);
        var after = await survivor.GetPackageUploadAsync(upload.Id, Cancellation);
        Assert.Equal(("uploaded", (long?)zip.Length), (after.Status, after.BytesReceived));
        var stored = await Packages.BlobOf(service, upload.Id).DownloadContentAsync(Cancellation);
        Assert.True(stored.Value.Content.ToMemory().Span.SequenceEqual(zip));
    }

    [Fact]
    [Trait("Processes", "several")]
    public async Task Put_PartsThatDoNotFit_AreRefusedAndChangeNothing()
    {
        var zip = Packages.Zip("unfit", 4 * Part);
        var upload = await _client.CreatePackageUploadAsync(Cancellation);
        await AssertArrivedAsync(PutAsync(upload.Url, zip, 0, Part), Part);

        var gap = await PutAsync(upload.Url, zip, 2 * Part, 3 * Part);
        Assert.Equal($"bytes=0-{Part - 1}", gap.Headers.GetValues("Range").Single());
        await Problems.AssertAsync(
            gap, 409, "wrong_offset", "Content-Range",
            "The part begins at byte 600,000, but 300,000 bytes have arrived; expected a part that begins at byte 300000.");
        await Problems.AssertAsync(
            await PutAsync(upload.Url, zip, Part, 2 * Part, zip.Length + 1), 409, "wrong_total", "Content-Range", $"{zip.Length:N0} bytes");
        await Problems.AssertAsync(
            await PutAsync(upload.Url, zip, Part, Part + 1000), 400, "part_too_small", "Content-Range", "at least 262,144");
        await Problems.AssertAsync(
            await PutAsync(upload.Url, zip, Part, 2 * Part, 11L << 30), 413, "body_too_large", null, "(PerCall:Models:MaxPackageBytes)");
        foreach (var invalid in new[] { "bytes 0-9/*", "bytes */*", "items 0-9/10", "bytes 9-0/10", $"bytes 0-{Part}/{zip.Length}" })
        {
            await Problems.AssertAsync(
                await SendAsync(upload.Url, zip[..Part], invalid), 400, "invalid_content_range", "Content-Range", "allowed: 'bytes");
        }

        // Without its length, a body that is shorter or longer than its range is noticed at its end.
        await Problems.AssertAsync(
            await SendAsync(upload.Url, zip[Part..(Part + 9)], $"bytes {Part}-{2 * Part}/{zip.Length}", chunked: true), 400,
            "invalid_content_range", "Content-Range", "the body has fewer");
        await Problems.AssertAsync(
            await SendAsync(upload.Url, zip[Part..], $"bytes {Part}-{(2 * Part) - 1}/{zip.Length}", chunked: true), 400,
            "invalid_content_range", "Content-Range", "the body has more");
        await AssertArrivedAsync(AskAsync(upload.Url, zip.Length), Part);
    }

    [Fact]
    [Trait("Processes", "several")]
    public async Task Put_ConnectionBreaksInAPart_KeepsWhatHasArrivedOfIt()
    {
        var zip = Packages.Zip("broken-part", (8 << 20) + (4 * Part));
        var upload = await _client.CreatePackageUploadAsync(Cancellation);
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(upload.Url.Host, upload.Url.Port, Cancellation);
            await socket.GetStream().WriteAsync(
                Encoding.ASCII.GetBytes(
                    $"PUT {upload.Url.AbsolutePath} HTTP/1.1\r\nHost: {upload.Url.Authority}\r\nContent-Length: {zip.Length}\r\n"
                        + $"Content-Range: bytes 0-{zip.Length - 1}/{zip.Length}\r\n\r\n"),
                Cancellation);
            await socket.GetStream().WriteAsync(zip.AsMemory(0, zip.Length - Part), Cancellation);
            await Eventually.ComesToAsync(() => ArrivedAsync(upload.Url, zip.Length), a => a > 0, "a block is stored", _closed);
        }

        await _closed.WaitForLineAsync(l => l.Contains("The client of PutTransfer disconnected", StringComparison.Ordinal));
        var arrived = await ArrivedAsync(upload.Url, zip.Length);
        Assert.InRange(arrived, 8 << 20, zip.Length - Part);
        using var rest = await PutAsync(upload.Url, zip, (int)arrived, zip.Length);
        Assert.Equal(HttpStatusCode.Created, rest.StatusCode);
        var stored = await Packages.BlobOf(service, upload.Id).DownloadContentAsync(Cancellation);
        Assert.True(stored.Value.Content.ToMemory().Span.SequenceEqual(zip));
    }

    [Theory]
    [Trait("Processes", "several")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Client_ConnectionThatBreaksAgainAndAgain_SendsTheFileAndPublishesIt(bool throughService)
    {
        var name = throughService ? "cut-service" : "cut-storage";
        using var folder = new TemporaryFolder();
        var file = folder.File("package.zip");
        await File.WriteAllBytesAsync(file, Packages.Zip(name, 10 * Part), Cancellation);
        var size = new FileInfo(file).Length;
        var client = throughService ? _client : service.Operator;
        var upload = await client.CreatePackageUploadAsync(Cancellation);
        Assert.Equal(throughService ? PackageUpload.ContentRange : PackageUpload.Blocks, upload.Parts);
        // In the middle of parts, and of their headers.
        await using var proxy = new CuttingProxy(upload.Url, [Part / 2, 4 * Part, 100, 3 * Part]);
        var cut = upload with { Url = new UriBuilder(upload.Url) { Port = proxy.Port }.Uri, PartBytes = Part };
        var reported = new List<long>();

        await using (var zip = File.OpenRead(file))
        {
            await client.UploadPackageAsync(cut, zip, new Reports<PublishProgress>(p => reported.Add(p.Bytes)), Cancellation);
        }

        Assert.Equal(4, proxy.Cuts);
        Assert.Equal(size, reported[^1]);
        // A second call finds that all has arrived.
        reported.Clear();
        await using (var again = File.OpenRead(file))
        {
            await client.UploadPackageAsync(
                upload with { PartBytes = Part }, again, new Reports<PublishProgress>(p => reported.Add(p.Bytes)), Cancellation);
        }

        Assert.Equal(size, reported[^1]);
        var sent = await File.ReadAllBytesAsync(file, Cancellation);
        var stored = await Packages.BlobOf(service, upload.Id).DownloadContentAsync(Cancellation);
        Assert.True(stored.Value.Content.ToMemory().Span.SequenceEqual(sent));
    }

    private Task<ServiceProcess> StartAsync() => service.StartAnotherAsync(("PerCall__Transfers__ThroughService", "true"));

    private Task<HttpResponseMessage> PutAsync(Uri address, byte[] file, int from, int to, long? total = null) =>
        SendAsync(address, file[from..to], $"bytes {from}-{to - 1}/{total ?? file.Length}");

    private Task<HttpResponseMessage> AskAsync(Uri address, long total) => SendAsync(address, [], $"bytes */{total}");

    private async Task<HttpResponseMessage> SendAsync(Uri address, byte[] body, string range, bool chunked = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, address) { Content = new ByteArrayContent(body) };
        request.Headers.TransferEncodingChunked = chunked;
        request.Content.Headers.TryAddWithoutValidation("Content-Range", range);
        return await _plain.SendAsync(request, Cancellation);
    }

    private async Task<long> ArrivedAsync(Uri address, long total)
    {
        using var response = await AskAsync(address, total);
        return response.Headers.TryGetValues("Range", out var range)
            ? RangeHeaderValue.Parse(range.Single()).Ranges.Single().To!.Value + 1
            : 0;
    }

    private static async Task AssertArrivedAsync(Task<HttpResponseMessage> sent, long bytes)
    {
        using var response = await sent;
        Assert.Equal(HttpStatusCode.PermanentRedirect, response.StatusCode);
        Assert.Equal(
            bytes == 0 ? null : $"bytes=0-{bytes - 1}",
            response.Headers.TryGetValues("Range", out var range) ? range.Single() : null);
    }
}
