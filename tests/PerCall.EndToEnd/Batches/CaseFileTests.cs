using System.Net;
using System.Text;
using PerCall.Client;
using PerCall.EndToEnd.Charging;
using PerCall.Testing;
using PerCall.Testing.Batches;
using Xunit;

namespace PerCall.EndToEnd.Batches;

/// <summary>Files that were once answered wrongly, as batches.</summary>
public sealed class CaseFileTests(Service service)
{
    private const string Windows = "windows-1252";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(CaseTables.Rows), MemberType = typeof(CaseTables))]
    [InlineData("firstbad_openai.jsonl", 2, 1)]
    public async Task Batch_OfACase_DeliversEveryRowOrSaysWhatIsWrongWithIt(string name, int delivered, int failed)
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var file = await tenant.Client.SendAsync(name, Repository.Case(name));
        var quote = await tenant.Client.QuoteBatchAsync(
            new() { InputFileId = file.Id, Endpoint = BatchCalls.Text, Model = "spam" }, Cancellation);

        var batch = await tenant.Client.RunAsync(name, Repository.Case(name), BatchCalls.Text, "spam");

        Assert.Equal(("completed", delivered, failed), (batch.Status, batch.RequestCounts.Completed, batch.RequestCounts.Failed));
        Assert.Equal((delivered + failed, delivered), (quote.Rows, quote.Units));
        Assert.Equal(delivered, (await tenant.Client.RowsAsync(batch.OutputFileId)).Count);
        Assert.Equal(failed, (await tenant.Client.RowsAsync(batch.ErrorFileId)).Count);
        Assert.Equal((1, delivered * TestTenant.RowPrice), await tenant.ChargedForBatchesAsync(Cancellation));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"id\": 1, \"input\": 5}")]
    [InlineData("{\"method\": \"POST\", \"url\": \"/v1/text/classify\", \"body\": {\"input\": \"no id\"}}")]
    public async Task Batch_OfRowsInOpenAisForm_IsNotMisledByAFirstRowThatFails(string first)
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var rows = string.Join('\n', (string[])[first, OpenAiClient.Row(1), OpenAiClient.Row(2)]);

        var batch = await tenant.Client.RunAsync("rows.jsonl", Encoding.UTF8.GetBytes(rows), BatchCalls.Text, "spam");

        Assert.Equal(("completed", 2, 1), (batch.Status, batch.RequestCounts.Completed, batch.RequestCounts.Failed));
        Assert.Equal(["row-1", "row-2"], (await tenant.Client.RowsAsync(batch.OutputFileId)).Select(r => (string?)r["custom_id"]));
    }

    [Theory]
    [InlineData("duphead.csv", "duplicate_column")]
    [InlineData("texinput.csv", "duplicate_column")]
    [InlineData("a.tar.gz", "unsupported_format")]
    public async Task Batch_OfACaseThatCannotBeRead_IsRefused(string name, string code)
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var file = await tenant.Client.SendAsync(name, Repository.Case(name));

        var refusal = await Assert.ThrowsAsync<PerCallException>(() => tenant.Client.CreateBatchAsync(
            new() { InputFileId = file.Id, Endpoint = BatchCalls.Text, Model = "spam" }, Cancellation));

        Assert.Equal((HttpStatusCode.BadRequest, code), (refusal.Status, refusal.Problem?.Code));
    }

    [Fact]
    public async Task Batch_OfATableInWindows1252_IsReadInTheEncodingOfTheCall()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var content = Encoding.Latin1.GetBytes("id;text\r\n1;un caf\u00e9\r\n2;d\u00e9j\u00e0 vu\r\n");
        var file = await tenant.Client.SendAsync("rows.csv", content);

        var refusal = await Assert.ThrowsAsync<PerCallException>(() => tenant.Client.CreateBatchAsync(
            new() { InputFileId = file.Id, Endpoint = BatchCalls.Text, Model = "spam" }, Cancellation));
        var quote = await tenant.Client.QuoteBatchAsync(
            new() { InputFileId = file.Id, Endpoint = BatchCalls.Text, Model = "spam", Encoding = Windows }, Cancellation);
        var batch = await tenant.Client.CreateBatchAsync(
            new() { InputFileId = file.Id, Endpoint = BatchCalls.Text, Model = "spam", Encoding = Windows }, Cancellation);
        batch = await tenant.Client.EndAsync(batch.Id);

        Assert.Equal(("invalid_encoding", "encoding"), (refusal.Problem?.Code, refusal.Problem?.Param));
        Assert.Contains(Windows, refusal.Problem!.Detail, StringComparison.Ordinal);
        Assert.Equal((2, 2), (quote.Rows, batch.RequestCounts.Completed));
        var table = await tenant.Client.TextAsync(batch.Files!.Single(f => f.Name == "output.csv").Id);
        Assert.Contains("1;un caf\u00e9;", table, StringComparison.Ordinal);
        Assert.Contains("2;d\u00e9j\u00e0 vu;", table, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Batch_OfATable_KeepsTheMarkThatSaysUtf8(bool mark)
    {
        using var tenant = await TestTenant.CreateAsync(service);
        byte[] content = [.. mark ? Encoding.UTF8.Preamble : [], .. "id,text\n1,one\n"u8];

        var batch = await tenant.Client.RunAsync("rows.csv", content, BatchCalls.Text, "spam");

        await using var table = await tenant.Client.OpenFileAsync(batch.Files!.Single(f => f.Name == "output.csv").Id, Cancellation);
        var read = new MemoryStream();
        await table.CopyToAsync(read, Cancellation);
        Assert.Equal(mark, read.ToArray().AsSpan().StartsWith(Encoding.UTF8.Preamble));
        Assert.Equal(1, batch.RequestCounts.Completed);
    }
}
