using System.Net;
using System.Net.Http.Headers;
using PerCall.Client;
using PerCall.EndToEnd.Charging;
using Xunit;

namespace PerCall.EndToEnd.Batches;

/// <summary>Files of more than a few megabytes go to storage, not through the service.</summary>
public sealed class LargeFileTests(Service service)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(4_000_000, false)]
    [InlineData(4_000_001, true)]
    public async Task CreateFile_OfTheClient_SendsLargeFilesToTheUploadAddress(int bytes, bool uploads)
    {
        using var tenant = await TestTenant.CreateAsync(service);
        List<string> paths = [];
        using var http = new HttpClient(new Recorder(paths)) { BaseAddress = service.Process.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", tenant.Key.Key);
        var content = new byte[bytes];
        new Random(bytes).NextBytes(content);

        var file = await new PerCallClient(http).CreateFileAsync(new MemoryStream(content), "rows.jsonl", Cancellation);

        Assert.Equal(uploads ? ["/v1/uploads", $"/v1/files/{file.Id}"] : ["/v1/files"], paths);
        Assert.Equal(("rows.jsonl", bytes), (file.Filename, file.Bytes));
        await using var stored = await tenant.Client.OpenFileAsync(file.Id, Cancellation);
        var read = new MemoryStream();
        await stored.CopyToAsync(read, Cancellation);
        Assert.Equal(content, read.ToArray());
    }

    [Fact]
    public async Task Post_OfAFileThatIsTooLong_NamesTheUploadAddress()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        using var form = new MultipartFormDataContent { { new StringContent("batch"), "purpose" } };
        form.Add(new ByteArrayContent(new byte[110_000_000]), "file", "rows.jsonl");
        using var http = new HttpClient { BaseAddress = service.Process.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", tenant.Key.Key);
        http.DefaultRequestHeaders.ExpectContinue = true;

        using var answer = await http.PostAsync(new Uri("v1/files", UriKind.Relative), form, Cancellation);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Contains("POST /v1/uploads", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    private sealed class Recorder(List<string> paths) : DelegatingHandler(new HttpClientHandler())
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            paths.Add(request.RequestUri!.AbsolutePath);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
