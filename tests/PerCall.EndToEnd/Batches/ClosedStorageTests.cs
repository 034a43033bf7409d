using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.EndToEnd.Charging;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.EndToEnd.Batches;

/// <summary>Uploads and results where clients reach the service, but not storage.</summary>
public sealed class ClosedStorageTests(Service service) : IAsyncLifetime
{
    private const int Most = 12_000_000;
    private const int Rows = 40;

    private readonly HttpClient _plain = new();
    private ServiceProcess _closed = null!;
    private TestTenant _tenant = null!;
    private PerCallClient _client = null!;
    private HttpClient _http = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _closed = await service.StartAnotherAsync(
            ("PerCall__Transfers__ThroughService", "true"), ("PerCall__Transfers__MaxBytes", $"{Most}"),
            ("Logging__LogLevel__PerCall.Functions.Requests", "Debug"));
        _tenant = await TestTenant.CreateAsync(service);
        _http = TestTenant.Connect(_closed.Address, _tenant.Key.Key);
        _client = new(_http);
    }

    public async ValueTask DisposeAsync()
    {
        _plain.Dispose();
        _http.Dispose();
        _tenant.Dispose();
        await _closed.DisposeAsync();
    }

    [Fact]
    [Trait("Processes", "several")]
    public async Task Upload_OfSeveralBlocks_StartsABatchWhoseResultsComeThroughTheService()
    {
        var upload = await UploadAsync("rows.jsonl", "text-classification");
        Assert.Equal((_closed.Address.Authority, Most), (upload.Url.Authority, (int)upload.MaxBytes!));

        using var answer = await PutAsync(upload, Content());
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        // No event and no sweep is needed.
        var batch = Assert.Single((await _client.ListBatchesAsync(cancellation: Cancellation)).Data);
        await Problems.AssertAsync(await PutAsync(upload, "{}"u8.ToArray()), 409, "address_used", null);

        var ended = await _client.EndAsync(batch.Id, service.Process, _closed);
        Assert.Equal(("completed", new BatchCounts(Rows, Rows, 0)), (ended.Status, ended.RequestCounts));
        Assert.Single((await _client.ListBatchesAsync(cancellation: Cancellation)).Data);
        Assert.Equal((1, Rows * TestTenant.RowPrice), await _tenant.ChargedForBatchesAsync(Cancellation));
        var file = Assert.Single(ended.Files!);
        Assert.Equal(_closed.Address.Authority, file.Url.Authority);
        await AssertDownloadAsync(file, await _client.TextAsync(file.Id));
        Assert.Empty(await AnswersThatNameStorageAsync(ended));
    }

    [Fact]
    [Trait("Processes", "several")]
    public async Task Address_ForAnythingElse_IsRefused()
    {
        var upload = await UploadAsync("rows.csv", task: null);
        var other = await UploadAsync("other.csv", task: null);
        var content = "text\r\none\r\n"u8.ToArray();
        var mixed = new Uri(upload.Url.AbsoluteUri[..^40] + other.Url.AbsoluteUri[^40..]);
        var open = new Uri(service.Process.Address, upload.Url.AbsolutePath);

        await Problems.AssertAsync(await PutAsync(upload with { Url = mixed }, content), 403, "invalid_address", null);
        await Problems.AssertAsync(await PutAsync(upload with { Url = open }, content), 403, "invalid_address", null);
        await Problems.AssertAsync(await _plain.GetAsync(upload.Url, Cancellation), 403, "invalid_address", null);
        await Problems.AssertAsync(await PutAsync(upload, new byte[Most + 1]), 413, "body_too_large", null, "at most 12,000,000 bytes");
        await Problems.AssertAsync(
            await PutAsync(upload, new byte[Most + 1], chunked: true), 413, "body_too_large", null, "at most 12,000,000 bytes");

        var key = await service.Operator.CreateKeyAsync(new("short", ["call"]), _tenant.Id, Cancellation);
        var revoked = await PerCallClient.Connect(_closed.Address, key.Key).CreateUploadAsync(new() { Filename = "r.csv" }, Cancellation);
        await service.Operator.RevokeKeyAsync(key.Id, _tenant.Id, Cancellation);
        await Problems.AssertAsync(await PutAsync(revoked, content), 403, "upload_refused", null, "API key");

        Assert.Empty((await _client.ListFilesAsync(cancellation: Cancellation)).Data);
        using var accepted = await PutAsync(upload, content);
        Assert.Equal(HttpStatusCode.Created, accepted.StatusCode);
        Assert.Equal(upload.FileId, Assert.Single((await _client.ListFilesAsync(cancellation: Cancellation)).Data).Id);
    }

    [Fact]
    [Trait("Processes", "several")]
    public async Task Upload_ThatBreaks_LeavesNothingAndCanBeRepeated()
    {
        var upload = await UploadAsync("rows.jsonl", task: null);
        var content = Content();
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(upload.Url.Host, upload.Url.Port, Cancellation);
            await socket.GetStream().WriteAsync(
                Encoding.ASCII.GetBytes(
                    $"PUT {upload.Url.AbsolutePath} HTTP/1.1\r\nHost: {upload.Url.Authority}\r\nContent-Length: {content.Length}\r\n\r\n"),
                Cancellation);
            await socket.GetStream().WriteAsync(content.AsMemory(0, content.Length - 1), Cancellation);
        }

        // As the client's fault or as its disconnect, whichever the server notices first.
        await _closed.WaitForLineAsync(
            l => l.Contains("PutTransfer refused with 400", StringComparison.Ordinal)
                || l.Contains("The client of PutTransfer disconnected", StringComparison.Ordinal));
        Assert.Empty((await _client.ListFilesAsync(cancellation: Cancellation)).Data);

        using var answer = await PutAsync(upload, content);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        await using var stored = await _client.OpenFileAsync(upload.FileId!, Cancellation);
        using var read = new MemoryStream();
        await stored.CopyToAsync(read, Cancellation);
        Assert.Equal(content, read.ToArray());
    }

    [Fact]
    [Trait("Processes", "several")]
    public async Task Client_LargeFilesAndPackages_GoThroughTheService()
    {
        var content = Content();
        var file = await _client.CreateFileAsync(new MemoryStream(content), "rows.jsonl", Cancellation);
        Assert.Equal(content.Length, file.Bytes);

        var spam = Path.Combine(Repository.Models, "spam", "1");
        using var zip = new MemoryStream(PackageBuilder.FromFolder(spam).With("name", "closed-spam").Zip());
        Assert.True(zip.Length > 4_000_000);
        var published = await PerCallClient.Connect(_closed.Address, Service.OperatorKey).PublishModelAsync(zip, Cancellation);
        Assert.Equal("closed-spam", published.Id);
    }

    /// <summary>JSON Lines that take two blocks of storage. Each row has a member of its sender's.</summary>
    private static byte[] Content()
    {
        var filler = new string('x', 250_000);
        return Encoding.UTF8.GetBytes(string.Concat(
            Enumerable.Range(0, Rows).Select(i => $"{{\"id\":\"r-{i}\",\"input\":\"text {i}\",\"note\":\"{filler}\"}}\n")));
    }

    private Task<Upload> UploadAsync(string name, string? task) => _client.CreateUploadAsync(
        new() { Filename = name, Task = task, Model = task is null ? null : "spam" }, Cancellation);

    /// <summary>As <c>curl -T</c> sends it: without a key, with the headers that the answer names.</summary>
    private async Task<HttpResponseMessage> PutAsync(Upload upload, byte[] content, bool chunked = false)
    {
        using var request = new HttpRequestMessage(new HttpMethod(upload.Method), upload.Url) { Content = new ByteArrayContent(content) };
        request.Headers.ExpectContinue = !chunked;
        request.Headers.TransferEncodingChunked = chunked;
        foreach (var (name, value) in upload.Headers)
        {
            request.Headers.Add(name, value);
        }

        return await _plain.SendAsync(request, Cancellation);
    }

    private async Task AssertDownloadAsync(BatchFile file, string expected)
    {
        using var whole = await _plain.GetAsync(file.Url, Cancellation);
        Assert.Equal(expected, await whole.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(
            ("application/x-ndjson", "output.jsonl", "no-store"),
            (whole.Content.Headers.ContentType?.MediaType, whole.Content.Headers.ContentDisposition?.FileName,
                whole.Headers.CacheControl?.ToString()));

        using var part = new HttpRequestMessage(HttpMethod.Get, file.Url) { Headers = { Range = new(10, 29) } };
        using var partly = await _plain.SendAsync(part, Cancellation);
        Assert.Equal(
            (HttpStatusCode.PartialContent, expected[10..30]),
            (partly.StatusCode, await partly.Content.ReadAsStringAsync(Cancellation)));
        Assert.Equal(new ContentRangeHeaderValue(10, 29, file.Bytes), partly.Content.Headers.ContentRange);

        using var again = new HttpRequestMessage(HttpMethod.Get, file.Url) { Headers = { IfNoneMatch = { whole.Headers.ETag! } } };
        using var unchanged = await _plain.SendAsync(again, Cancellation);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
        using var head = new HttpRequestMessage(HttpMethod.Head, file.Url);
        using var headed = await _plain.SendAsync(head, Cancellation);
        Assert.Equal(file.Bytes, headed.Content.Headers.ContentLength);
    }

    /// <summary>Calls every operation of the API reference, as far as it removes nothing that other tests need.</summary>
    private async Task<List<string>> AnswersThatNameStorageAsync(Batch batch)
    {
        var storage = new Uri(service.Azurite.ConnectionString.Split(';').Single(
            p => p.StartsWith("BlobEndpoint=", StringComparison.Ordinal))["BlobEndpoint=".Length..]).Authority;
        using var manager = TestTenant.Connect(_closed.Address, Service.OperatorKey);
        var document = JsonDocument.Parse(await _plain.GetStringAsync(new Uri(_closed.Address, "openapi/v1.json"), Cancellation));
        List<string> found = [];
        var succeeded = 0;
        foreach (var path in document.RootElement.GetProperty("paths").EnumerateObject())
        {
            // The example of a tenant is another test's.
            foreach (var operation in path.Value.EnumerateObject().Where(
                o => o.Name == "get" || (o.Name == "post" && path.Name != "/manage/v1/tenants")))
            {
                var address = path.Name
                    .Replace("{tenant}", operation.Name == "get" ? _tenant.Id : "nobody", StringComparison.Ordinal)
                    .Replace("{id}", path.Name.Contains("/files/", StringComparison.Ordinal) ? batch.OutputFileId : batch.Id,
                        StringComparison.Ordinal)
                    .Replace("{name}", "spam", StringComparison.Ordinal)
                    .Replace("{plan}", _tenant.Id, StringComparison.Ordinal)
                    .Replace("{month}", "2026-01", StringComparison.Ordinal);
                using var request = new HttpRequestMessage(new HttpMethod(operation.Name.ToUpperInvariant()), address);
                if (operation.Name == "post")
                {
                    request.Content = new StringContent(ExampleOf(operation.Value), Encoding.UTF8, "application/json");
                }

                using var response = await (path.Name.StartsWith("/manage/", StringComparison.Ordinal) ? manager : _http)
                    .SendAsync(request, Cancellation);
                var text = $"{response.Headers}{response.Content.Headers}{await response.Content.ReadAsStringAsync(Cancellation)}";
                succeeded += response.IsSuccessStatusCode ? 1 : 0;
                if (text.Contains(storage, StringComparison.Ordinal) || text.Contains("blob.core", StringComparison.Ordinal))
                {
                    found.Add($"{operation.Name} {path.Name}");
                }
            }
        }

        // Most have to be answered, or this says nothing.
        Assert.True(succeeded > 25, $"{succeeded} operations succeeded.");
        return found;
    }

    private static string ExampleOf(JsonElement operation) =>
        operation.TryGetProperty("requestBody", out var body)
        && body.GetProperty("content").TryGetProperty("application/json", out var json)
        && json.TryGetProperty("example", out var example)
            ? example.GetRawText()
            : "{}";
}
