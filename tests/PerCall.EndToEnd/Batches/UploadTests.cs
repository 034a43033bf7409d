using System.Net;
using System.Text;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.EndToEnd.Charging;
using PerCall.Testing;
using PerCall.Testing.Batches;
using Xunit;

namespace PerCall.EndToEnd.Batches;

/// <summary>Files that go straight into storage.</summary>
public sealed class UploadTests(Service service) : IDisposable
{
    private readonly HttpClient _storage = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _storage.Dispose();

    [Fact]
    public async Task Upload_ByPlainPut_StartsOneBatch()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var input = BatchInput.Draw(60, 11);
        var upload = await tenant.Client.CreateUploadAsync(
            new() { Filename = "mails.jsonl", Task = "text-classification", Model = "sentiment" }, Cancellation);

        Assert.Empty((await tenant.Client.ListBatchesAsync(cancellation: Cancellation)).Data);
        Assert.Equal(HttpStatusCode.Created, await PutAsync(upload, input.Content));

        var batch = await StartedAsync(tenant);
        var ended = await tenant.Client.EndAsync(batch.Id);
        Assert.Equal("completed", ended.Status);
        Assert.EndsWith("mails.jsonl", ended.InputFile, StringComparison.Ordinal);
        Assert.Empty((await BatchOutcome.ReadAsync(tenant.Client, ended, Cancellation)).Faults(input));
        Assert.Single((await tenant.Client.ListBatchesAsync(cancellation: Cancellation)).Data);
        Assert.Equal((1, input.Good.Count * TestTenant.RowPrice), await tenant.ChargedForBatchesAsync(Cancellation));
    }

    [Fact]
    public async Task Upload_WithoutATask_IsAFileForABatch()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var upload = await tenant.Client.CreateUploadAsync(new() { Filename = "rows.csv" }, Cancellation);

        await PutAsync(upload, Encoding.UTF8.GetBytes("text\r\none\r\ntwo\r\n"));
        var batch = await tenant.Client.CreateBatchAsync(
            new() { InputFileId = upload.FileId, Endpoint = BatchCalls.Text, Model = "spam" }, Cancellation);

        Assert.Equal(new BatchCounts(2, 2, 0), (await tenant.Client.EndAsync(batch.Id)).RequestCounts);
    }

    [Fact]
    public async Task Address_OfAnUpload_OpensThatOneBlobForWriting()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        using var other = await TestTenant.CreateAsync(service);
        var upload = await tenant.Client.CreateUploadAsync(new() { Filename = "rows.jsonl" }, Cancellation);
        var content = "{\"input\": \"one\"}\n"u8.ToArray();
        Assert.Equal(HttpStatusCode.Created, await PutAsync(upload, content));

        using var read = await _storage.GetAsync(upload.Url, Cancellation);
        using var deleted = await _storage.DeleteAsync(upload.Url, Cancellation);
        var listing = new UriBuilder(upload.Url)
        {
            Path = $"/{service.Azurite.Account}/files",
            Query = upload.Url.Query + "&restype=container&comp=list",
        };
        using var listed = await _storage.GetAsync(listing.Uri, Cancellation);
        var elsewhere = new Uri(upload.Url.AbsoluteUri.Replace(tenant.Account, other.Account, StringComparison.Ordinal));
        var beside = new Uri(upload.Url.AbsoluteUri.Replace("rows.jsonl", "other.jsonl", StringComparison.Ordinal));

        Assert.NotEqual(upload.Url, elsewhere);
        Assert.NotEqual(upload.Url, beside);
        Assert.All([read, deleted, listed], a => Assert.Equal(HttpStatusCode.Forbidden, a.StatusCode));
        Assert.Equal(HttpStatusCode.Forbidden, await PutAsync(upload with { Url = elsewhere }, content));
        Assert.Equal(HttpStatusCode.Forbidden, await PutAsync(upload with { Url = beside }, content));
        Assert.Equal([upload.FileId!], (await tenant.Client.ListFilesAsync(cancellation: Cancellation)).Data.Select(f => f.Id));
        Assert.Empty((await other.Client.ListFilesAsync(cancellation: Cancellation)).Data);
    }

    [Theory]
    [InlineData(null, "spam", "rows.jsonl", null)]
    [InlineData("text-classification", "../other-tenant", "rows.jsonl", "invalid_model")]
    [InlineData("text-classification", "spam/1/../x", "rows.jsonl", "invalid_model")]
    [InlineData("no-such-task", "spam", "rows.jsonl", "invalid_task")]
    [InlineData("text-classification", "spam", "../../other-tenant/text-classification/spam/rows.jsonl", null)]
    [InlineData("text-classification", "spam", "..", null)]
    [InlineData("text-classification", "spam", null, "missing_filename")]
    public async Task Address_ForWhateverIsAsked_LiesUnderTheTenantsPrefix(string? task, string model, string? name, string? code)
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var request = new CreateUploadRequest { Filename = name, Task = task, Model = model };

        if (code is not null)
        {
            Assert.Equal(
                code,
                (await Assert.ThrowsAsync<PerCallException>(() => tenant.Client.CreateUploadAsync(request, Cancellation))).Problem!.Code);
            return;
        }

        var upload = await tenant.Client.CreateUploadAsync(request, Cancellation);
        Assert.StartsWith($"{(task is null ? "files" : "inbox")}/{tenant.Account}/", upload.Path, StringComparison.Ordinal);
        Assert.DoesNotContain("/../", upload.Path, StringComparison.Ordinal);
        Assert.Contains($"/{tenant.Account}/", upload.Url.AbsolutePath, StringComparison.Ordinal);
        Assert.DoesNotContain("other-tenant/", upload.Url.AbsolutePath, StringComparison.Ordinal);
    }

    /// <summary>As <c>curl -T</c> sends it, with the headers that the answer names.</summary>
    private async Task<HttpStatusCode> PutAsync(Upload upload, byte[] content)
    {
        using var request = new HttpRequestMessage(new HttpMethod(upload.Method), upload.Url) { Content = new ByteArrayContent(content) };
        foreach (var (name, value) in upload.Headers)
        {
            request.Headers.Add(name, value);
        }

        using var answer = await _storage.SendAsync(request, Cancellation);
        return answer.StatusCode;
    }

    private async Task<Batch> StartedAsync(TestTenant tenant)
    {
        BatchList? batches = null;
        await Eventually.HoldsAsync(
            async () =>
                (batches = await tenant.Client.ListBatchesAsync(cancellation: Cancellation)).Data.Count > 0, "the upload starts a batch",
                service.Process);
        return batches!.Data[0];
    }
}
