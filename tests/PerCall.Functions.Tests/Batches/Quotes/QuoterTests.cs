using System.IO.Compression;
using System.Text;
using Azure.Storage.Blobs;
using PerCall.Client.Wire;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Quotes;
using PerCall.Functions.Requests;
using PerCall.Functions.Tenancy;
using PerCall.Functions.Tenancy.Plans;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Quotes;

[Collection(BatchQueues.Name)]
public sealed class QuoterTests(AzuriteFixture azurite)
{
    private const int Rows = 20_000;
    private const int Read = 64 << 10;

    private static int Line => Content.Length / Rows;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static byte[] Content => Encoding.UTF8.GetBytes(string.Concat(
        Enumerable.Range(0, Rows).Select(i => $"{{\"id\": \"{i:00000}\", \"input\": \"text {i:00000}\"}}\n")));

    [Theory]
    [InlineData("rows.jsonl", null, true)]
    [InlineData("rows.jsonl", 10_000_000, true)]
    [InlineData("rows.jsonl", 200_000, null)]
    [InlineData("rows.jsonl", 50_000, false)]
    [InlineData("rows.jsonl.gz", 200_000, null)]
    public async Task Quote_OfMoreThanIsRead_SaysWhatItProbablyIsAndPromisesNoBudget(string name, int? budget, bool? covered)
    {
        await using var instance = await BatchInstance.CreateAsync(azurite, ("PerCall:Batches:QuotedBytes", $"{Read}"));
        var bed = await BatchBed.CreateAsync(azurite, instance, budget);
        var file = await SendAsync(bed, instance, name, Content);

        var quote = await QuoteAsync(bed, instance, file);

        Assert.True(quote.Extrapolated);
        Assert.InRange(quote.ReadBytes, Read, Read + 1000);
        Assert.Equal(quote.Quality.CheckedRows, quote.ReadBytes / (Line));
        // Of a compressed file, what has been unpacked is ahead of what has been read.
        Assert.InRange(quote.Rows, Rows * 0.8, Rows * 1.3);
        Assert.InRange(quote.Bytes, Content.Length * 0.8, Content.Length * 1.3);
        Assert.Equal((quote.Rows, quote.Rows * BatchBed.Price, covered), (quote.Units, quote.Price, quote.WithinBudget));
    }

    [Fact]
    public async Task Quote_WhileOthersAreMade_IsRefusedAndAnOrderWaits()
    {
        await using var instance = await BatchInstance.CreateAsync(azurite, ("PerCall:Batches:QuotesAtOnce", "1"));
        var (bed, other) = (await BatchBed.CreateAsync(azurite, instance), await BatchBed.CreateAsync(azurite, instance));
        var content = Content[..(40 * Line)];
        var file = await SendAsync(bed, instance, "rows.jsonl", content);
        var others = await SendAsync(other, instance, "rows.jsonl", content);
        using var held = instance.Faults.Hold(r => !r.IsWrite && r.Uri.AbsolutePath.Contains(file, StringComparison.Ordinal));
        var first = QuoteAsync(bed, instance, file);
        await held.Reached.WaitAsync(Cancellation);

        var own = await Assert.ThrowsAsync<RefusedException>(() => QuoteAsync(bed, instance, file));
        var full = await Assert.ThrowsAsync<RefusedException>(() => QuoteAsync(other, instance, others));
        var order = instance.Get<QuoteTurns>().EnterOrderAsync(Cancellation);

        Assert.Equal((429, "too_many_quotes", true), (own.Status, own.Code, own.Headers.ContainsKey("Retry-After")));
        Assert.Equal((503, "quotes_busy", true), (full.Status, full.Code, full.Headers.ContainsKey("Retry-After")));
        Assert.False(order.IsCompleted);
        held.Release();
        Assert.Equal((40, false), ((await first).Rows, (await first).Extrapolated));
        (await order)!.Dispose();
        Assert.Equal(40, (await QuoteAsync(other, instance, others)).Rows);
    }

    private async Task<string> SendAsync(BatchBed bed, BatchInstance instance, string name, byte[] content)
    {
        using var packed = new MemoryStream();
        if (name.EndsWith(".gz", StringComparison.Ordinal))
        {
            await using var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true);
            await gzip.WriteAsync(content, Cancellation);
        }

        var id = FileIds.New(instance.Time.GetUtcNow());
        var bytes = packed.Length > 0 ? packed.ToArray() : content;
        await new BlobClient(azurite.ConnectionString, "files", $"{bed.Account}/{id}/{name}")
            .UploadAsync(BinaryData.FromBytes(bytes), Cancellation);
        return id;
    }

    private static async Task<BatchQuote> QuoteAsync(BatchBed bed, BatchInstance instance, string file)
    {
        var terms = (await instance.Get<PlanTable>().FindAsync(bed.Tenant, Cancellation))!.At(instance.Time.GetUtcNow());
        var caller = new Caller(bed.Tenant, bed.Account, "key", KeyRoles.Call, terms);
        return await instance.Get<Quoter>().QuoteAsync(
            caller, new() { InputFileId = file, Endpoint = "/v1/text/classify", Model = "sentiment" }, Cancellation);
    }
}
