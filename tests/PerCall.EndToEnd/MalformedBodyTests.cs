using System.Net;
using System.Net.Sockets;
using System.Text;
using PerCall.EndToEnd.Charging;
using Xunit;

namespace PerCall.EndToEnd;

/// <summary>Bodies that break HTTP's own rules, byte by byte, as no client library sends them.</summary>
public sealed class MalformedBodyTests(Service service)
{
    private const string Form = "multipart/form-data; boundary=b";

    public static TheoryData<string, string, string> Bodies => new()
    {
        { "v1/text/classify", "application/json", "Transfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n" },
        { "v1/images/classify?model=digits", "image/png", "Transfer-Encoding: chunked\r\n\r\n4\r\nabcdefgh\r\n0\r\n\r\n" },
        { "v1/files", Form, "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" },
        { "v1/files", Form, Sized(
            "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--b" + new string('x', 200) + "\r\n") },
        { "v1/files", Form, Sized(
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n{}\r\n--b" + new string('x', 200) + "\r\n") },
        { "v1/files", Form, Sized(new string('x', 20_000)) },
        { "v1/files", Form, Sized("--b\r\n" + new string('x', 20_000)) },
        { "v1/images/classify?model=digits", Form, Sized(
            "--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a\"\r\n\r\n{}\r\n--b" + new string('x', 200) + "\r\n") },
        { "v1/images/classify?model=digits", Form, Sized("--b\r\n" + new string('x', 40_000)) },
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Post_OfABodyThatBreaksItsForm_IsTheCallersFault(string path, string type, string rest)
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var answer = await SendAsync(
            $"POST /{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {tenant.Key.Key}\r\nContent-Type: {type}\r\n{rest}");

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Equal((0L, 0L), await tenant.UsedAsync(Cancellation));
    }

    [Theory]
    [InlineData(".", "file")]
    [InlineData("..", "file")]
    [InlineData("a/..", "file")]
    [InlineData("rows.jsonl.", "rows.jsonl")]
    public async Task Create_OfAFileWithAWaywardName_CanBeReadAndDeletedAgain(string name, string shown)
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var file = await tenant.Client.CreateFileAsync(new MemoryStream("{\"input\": \"one\"}\n"u8.ToArray()), name, Cancellation);

        Assert.Equal(shown, file.Filename);
        Assert.Equal([file.Id], (await tenant.Client.ListFilesAsync(cancellation: Cancellation)).Data.Select(f => f.Id));
        Assert.Equal("{\"input\": \"one\"}\n", await tenant.Http.GetStringAsync($"v1/files/{file.Id}/content", Cancellation));
        using var deleted = await tenant.Http.DeleteAsync($"v1/files/{file.Id}", Cancellation);
        deleted.EnsureSuccessStatusCode();
        Assert.Empty((await tenant.Client.ListFilesAsync(cancellation: Cancellation)).Data);
    }

    [Fact]
    public async Task Create_OfAFileWithTheLongestName_KeepsItsEnding()
    {
        using var tenant = await TestTenant.CreateAsync(service);

        var file = await tenant.Client.CreateFileAsync(
            new MemoryStream("{}\n"u8.ToArray()), string.Concat(Enumerable.Repeat("名", 900)) + ".jsonl", Cancellation);

        Assert.EndsWith("名.jsonl", file.Filename, StringComparison.Ordinal);
        Assert.Equal(file, (await tenant.Client.ListFilesAsync(cancellation: Cancellation)).Data.Single());
    }

    private static string Sized(string body) => $"Content-Length: {Encoding.ASCII.GetByteCount(body)}\r\n\r\n{body}";

    private async Task<string> SendAsync(string request)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, service.Http.BaseAddress!.Port, Cancellation);
        var stream = connection.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), Cancellation);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync(Cancellation);
    }
}
