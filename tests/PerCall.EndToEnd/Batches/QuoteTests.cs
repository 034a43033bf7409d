using System.Text;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.EndToEnd.Charging;
using Xunit;

namespace PerCall.EndToEnd.Batches;

/// <summary>What a batch would cost and what is wrong with its rows, before anything is charged.</summary>
public sealed class QuoteTests(Service service)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Quote_OfAFileWithFaults_TellsThemByLineAndChargesNothing()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var tooLong = new string('x', (16 << 20) + 1);
        var content = string.Join('\n',
            """{"id": "a", "input": "the first"}""",
            "",
            """{"id": "b", "input": "the sec""",
            """{"id": "c", "input": "the third"}""",
            "   ",
            """{"id": "c", "input": "of the same id"}""",
            """{"id": "a", "input": "the first"}""",
            $$"""{"id": "d", "input": "{{tooLong}}"}""",
            """{"id": "e"}""",
            """{"id": "f", "input": "the last"}""");

        var file = await tenant.Client.SendAsync("rows.jsonl", content);
        var quote = await QuoteAsync(tenant, file.Id);

        Assert.Equal(
            (8, Encoding.UTF8.GetByteCount(content), "jsonl", "spam/1"), (quote.Rows, (int)quote.Bytes, quote.Format, quote.Model));
        Assert.Equal(
            (8, 3, 1, 2, 1, 2),
            (quote.Quality.CheckedRows, quote.Quality.BadRows, quote.Quality.TooLong, quote.Quality.EmptyRows, quote.Quality.DuplicateRows,
                quote.Quality.DuplicateIds));
        Assert.Equal(
            [("malformed_json", 3), ("row_too_long", 8), ("missing_input", 9)],
            quote.Quality.Examples.Select(e => (e.Code, e.Line!.Value)));
        Assert.Equal(quote.Quality.Examples.Select(e => (e.Code, 1L)).Order(), quote.Quality.Faults.Select(f => (f.Key, f.Value)).Order());
        Assert.Equal(
            (5, 0, 5 * TestTenant.RowPrice, "0.000025", "EUR", true),
            (quote.Units, quote.FreeUnits, quote.Price, quote.Amount, quote.Currency, quote.WithinBudget));
        Assert.True(quote.Seconds > 0);
        Assert.Equal((0, 0), await tenant.UsedAsync(Cancellation));
        Assert.Empty((await tenant.Client.ListBatchesAsync(cancellation: Cancellation)).Data);
    }

    [Fact]
    public async Task Batch_AfterItsQuote_CostsWhatThatSaid()
    {
        using var tenant = await TestTenant.CreateAsync(
            service, TestTenant.Plan with { FreeUnits = new Dictionary<string, long> { ["batch_row"] = 4 }, MonthlyBudget = 1000 });
        var file = await tenant.Client.SendAsync(
            "rows.csv", "id,text\r\n1,one\r\n2,two,too many\r\n3,three\r\n4,four\r\n5,five\r\n6,six\r\n7,seven\r\n");

        var quote = await QuoteAsync(tenant, file.Id);
        var batch = await tenant.Client.CreateBatchAsync(
            new() { InputFileId = file.Id, Endpoint = BatchCalls.Text, Model = "spam" }, Cancellation);
        var ended = await tenant.Client.EndAsync(batch.Id);

        Assert.Equal((7, 6, 4, 2 * TestTenant.RowPrice), (quote.Rows, quote.Units, quote.FreeUnits, quote.Price));
        Assert.Equal(new BatchCounts(7, 6, 1), ended.RequestCounts);
        Assert.Equal(
            (quote.Units, quote.FreeUnits, quote.Price), (ended.Cost!.Units!.Value, ended.Cost.FreeUnits!.Value, ended.Cost.Charge!.Value));
        Assert.Equal((1, quote.Price), await tenant.ChargedForBatchesAsync(Cancellation));
        // And the included units are used up now.
        Assert.Equal((0, 6 * TestTenant.RowPrice), await LeftAsync(tenant, file.Id));
    }

    [Theory]
    [InlineData(BatchCalls.Text, "digits", 404, "wrong_task")]
    [InlineData(BatchCalls.Images, "spam", 404, "wrong_task")]
    [InlineData(BatchCalls.Text, "no-such-model", 404, "model_not_found")]
    [InlineData(BatchCalls.Text, "spam/99", 404, "version_not_found")]
    [InlineData("/v1/chat/completions", "spam", 400, "invalid_endpoint")]
    public async Task Quote_AndBatch_OfWhatIsNotThere_AreRefusedAlike(string endpoint, string model, int status, string code)
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var file = await tenant.Client.SendAsync("rows.jsonl", """{"id": 1, "input": "one", "image": "AAAA"}""");

        var quote = await Assert.ThrowsAsync<PerCallException>(
            () => tenant.Client.QuoteBatchAsync(new() { InputFileId = file.Id, Endpoint = endpoint, Model = model }, Cancellation));
        var batch = await Assert.ThrowsAsync<PerCallException>(
            () => tenant.Client.CreateBatchAsync(new() { InputFileId = file.Id, Endpoint = endpoint, Model = model }, Cancellation));

        Assert.Equal((status, code), ((int)quote.Status, quote.Problem!.Code));
        Assert.Equal((status, code), ((int)batch.Status, batch.Problem!.Code));
        Assert.Empty((await tenant.Client.ListBatchesAsync(cancellation: Cancellation)).Data);
    }

    private static Task<BatchQuote> QuoteAsync(TestTenant tenant, string file) =>
        tenant.Client.QuoteBatchAsync(new() { InputFileId = file, Endpoint = BatchCalls.Text, Model = "spam" }, Cancellation);

    private static async Task<(long Free, long Price)> LeftAsync(TestTenant tenant, string file)
    {
        var quote = await QuoteAsync(tenant, file);
        return (quote.FreeUnits, quote.Price);
    }
}
