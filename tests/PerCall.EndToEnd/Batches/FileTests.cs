using System.Net;
using System.Net.Http.Headers;
using System.Text;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.EndToEnd.Charging;
using Xunit;

namespace PerCall.EndToEnd.Batches;

public sealed class FileTests(Service service)
{
    private const string Content = "{\"input\": \"one\"}\n{\"input\": \"two\"}\n";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task File_ThatWasSent_IsThereUntilItIsDeleted()
    {
        using var tenant = await TestTenant.CreateAsync(service);

        var sent = await tenant.Client.SendAsync("folder/näme with spaces.jsonl", Content);
        var got = await ReadAsync(tenant.Http, sent.Id);
        var listed = await tenant.Client.ListFilesAsync(cancellation: Cancellation);
        var content = await tenant.Client.TextAsync(sent.Id);
        using var deleted = await tenant.Http.DeleteAsync(Address(sent.Id), Cancellation);

        Assert.Equal(
            (Content.Length, "näme with spaces.jsonl", "batch", "processed"), ((int)sent.Bytes, sent.Filename, sent.Purpose, sent.Status));
        Assert.Equal(sent, got);
        Assert.Equal([sent], listed.Data);
        Assert.Equal(Content, content);
        Assert.Equal(30 * 24 * 3600, sent.ExpiresAt - sent.CreatedAt);
        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        Assert.Empty((await tenant.Client.ListFilesAsync(cancellation: Cancellation)).Data);
        var gone = await Assert.ThrowsAsync<PerCallException>(() => tenant.Client.TextAsync(sent.Id));
        Assert.Equal((HttpStatusCode.NotFound, "file_not_found"), (gone.Status, gone.Problem!.Code));
    }

    [Theory]
    [InlineData(0, 9, "{\"input\": ")]
    [InlineData(17, null, "{\"input\": \"two\"}\n")]
    [InlineData(null, 7, "\"two\"}\n")]
    public async Task Content_OfARange_IsThatPart(int? from, int? to, string expected)
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var sent = await tenant.Client.SendAsync("rows.jsonl", Content);
        using var request = new HttpRequestMessage(
            HttpMethod.Get, Address(sent.Id, "/content"))
        { Headers = { Range = new RangeHeaderValue(from, to) } };

        using var answer = await tenant.Http.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
        Assert.Equal(expected, await answer.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(Content.Length, answer.Content.Headers.ContentRange!.Length);
    }

    [Fact]
    public async Task File_OfAnotherTenant_IsNotThere()
    {
        using var owner = await TestTenant.CreateAsync(service);
        using var other = await TestTenant.CreateAsync(service);
        var sent = await owner.Client.SendAsync("rows.jsonl", Content);
        var batch = await owner.Client.CreateBatchAsync(
            new() { InputFileId = sent.Id, Endpoint = BatchCalls.Text, Model = "spam" }, Cancellation);
        var ended = await owner.Client.EndAsync(batch.Id);

        foreach (var id in (string[])[sent.Id, ended.OutputFileId!])
        {
            await owner.Client.TextAsync(id);
            using var described = await other.Http.GetAsync(Address(id), Cancellation);
            using var content = await other.Http.GetAsync(Address(id, "/content"), Cancellation);
            using var deleted = await other.Http.DeleteAsync(Address(id), Cancellation);
            Assert.All([described, content, deleted], a => Assert.Equal(HttpStatusCode.NotFound, a.StatusCode));
            await owner.Client.TextAsync(id);
        }

        Assert.Empty((await other.Client.ListFilesAsync(cancellation: Cancellation)).Data);
        await RefusedAsync(
            404, "file_not_found", () =>
                other.Client.CreateBatchAsync(new() { InputFileId = sent.Id, Endpoint = BatchCalls.Text, Model = "spam" }, Cancellation));
        await RefusedAsync(
            404, "file_not_found", () =>
                other.Client.QuoteBatchAsync(new() { InputFileId = sent.Id, Endpoint = BatchCalls.Text, Model = "spam" }, Cancellation));
        await RefusedAsync(404, "batch_not_found", () => other.Client.GetBatchAsync(batch.Id, Cancellation));
        await RefusedAsync(404, "batch_not_found", () => other.Client.CancelBatchAsync(batch.Id, Cancellation));
        using var events = await other.Http.GetAsync(new Uri($"v1/batches/{batch.Id}/events", UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, events.StatusCode);
        Assert.Empty((await other.Client.ListBatchesAsync(cancellation: Cancellation)).Data);
    }

    [Fact]
    public async Task File_OverTheLimit_IsRefusedAndLeavesNothing()
    {
        const int TooMuch = 101 << 20;
        using var tenant = await TestTenant.CreateAsync(service);
        using var form =
            new MultipartFormDataContent { { new StringContent("batch"), "purpose" },
                { new ByteArrayContent(new byte[TooMuch]), "file", "rows.jsonl" } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/files") { Content = form, Headers = { ExpectContinue = true } };

        using var answer = await tenant.Http.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Empty((await tenant.Client.ListFilesAsync(cancellation: Cancellation)).Data);
    }

    [Theory]
    [InlineData("fine-tune", "file", "invalid_purpose", "purpose")]
    [InlineData(null, "file", "invalid_purpose", "purpose")]
    [InlineData("batch", "other", "unknown_member", "other")]
    public async Task Form_ThatIsNotOfItsKind_IsRefusedAndLeavesNothing(string? purpose, string field, string code, string param)
    {
        using var tenant = await TestTenant.CreateAsync(service);
        using var form = new MultipartFormDataContent { { new ByteArrayContent(Encoding.UTF8.GetBytes(Content)), field, "rows.jsonl" } };
        if (purpose is not null)
        {
            form.Add(new StringContent(purpose), "purpose");
        }

        var answer = await tenant.Http.PostAsync(new Uri("v1/files", UriKind.Relative), form, Cancellation);

        await Problems.AssertAsync(answer, 400, code, param);
        Assert.Empty((await tenant.Client.ListFilesAsync(cancellation: Cancellation)).Data);
    }

    private static Uri Address(string id, string rest = "") => new($"v1/files/{id}{rest}", UriKind.Relative);

    private static async Task<StoredFile?> ReadAsync(HttpClient http, string id) =>
        System.Text.Json.JsonSerializer.Deserialize(await http.GetStringAsync(Address(id), Cancellation), WireJson.Default.StoredFile);

    private static async Task RefusedAsync(int status, string code, Func<Task> call)
    {
        var refusal = await Assert.ThrowsAsync<PerCallException>(call);
        Assert.Equal((status, code), ((int)refusal.Status, refusal.Problem!.Code));
    }
}
