using System.Text.Json;
using PerCall.Client.Wire;
using PerCall.EndToEnd.Charging;
using PerCall.Testing;
using PerCall.Testing.Batches;
using Xunit;

namespace PerCall.EndToEnd.Batches;

/// <summary>What is told of a batch while it runs, and how it ends other than by being done.</summary>
public sealed class WatchTests(Service service)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_OfABatch_TellItsProgressAndItsEnd()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        Batch batch;
        List<(string Name, Batch Batch)> events;
        var rows = 1000;
        // A batch that is over between two looks was never seen in its middle; then one that takes longer is.
        do
        {
            rows *= 2;
            batch = await OrderAsync(tenant, BatchInput.Draw(rows, 21).Content);
            events = await EventsAsync(tenant, batch.Id);
        }
        while (rows < 32_000 && !events.Any(e => e.Batch is { Status: "in_progress", RequestCounts.Completed: > 0, Progress.SecondsLeft: > 0 }));

        Assert.All(events[..^1], e => Assert.Equal("progress", e.Name));
        var (name, last) = events[^1];
        Assert.Equal(("end", "completed", (long)rows), (name, last.Status, last.RequestCounts.Completed + last.RequestCounts.Failed));
        var done = events.Select(e => e.Batch.RequestCounts.Completed + e.Batch.RequestCounts.Failed).ToList();
        Assert.Equal(done.Order(), done);
        var running = events.Where(e => e.Batch is { Status: "in_progress", Progress: not null }).Select(e => e.Batch).ToList();
        Assert.NotEmpty(running);
        Assert.All(running, b => Assert.True(b.RequestCounts.Total >= rows && b.Progress!.Shards > rows / 7 && b.Progress.ShardsDone <= b.Progress.Shards));
        Assert.Contains(running, b => b.Progress is { RowsPerSecond: > 0, SecondsLeft: > 0 } && b.RequestCounts.Completed > 0);
        // Of one that has ended there is the end alone.
        Assert.Equal("end", Assert.Single(await EventsAsync(tenant, batch.Id)).Name);
    }

    [Fact]
    public async Task Cancel_InTheMiddle_DeliversAndChargesWhatIsDoneAndGivesTheRestBack()
    {
        const int Rows = 1500;
        const long Budget = Rows * TestTenant.RowPrice;
        using var tenant = await TestTenant.CreateAsync(service, TestTenant.Plan with { MonthlyBudget = Budget });
        var input = BatchInput.Draw(Rows, 22);
        var batch = await OrderAsync(tenant, input.Content);
        await Eventually.HoldsAsync(async () => (batch = await tenant.Client.GetBatchAsync(batch.Id, Cancellation)).RequestCounts.Completed > 20, "some rows are done", service.Process);
        Assert.Equal(Budget, batch.Cost!.Reserved);

        var cancelled = await tenant.Client.CancelBatchAsync(batch.Id, Cancellation);
        var ended = await tenant.Client.EndAsync(batch.Id);

        Assert.Equal(("cancelling", "cancelled"), (cancelled.Status, ended.Status));
        Assert.InRange(ended.RequestCounts.Completed, 20, input.Good.Count - 1);
        var lines = (await tenant.Client.RowsAsync(ended.OutputFileId)).Select(r => (long)r["line"]!).ToList();
        Assert.Equal(ended.RequestCounts.Completed, lines.Count);
        Assert.Equal(lines.Distinct().Order(), lines);
        Assert.Empty(lines.Except(input.Good));
        Assert.Equal((1, lines.Count * TestTenant.RowPrice), await tenant.ChargedForBatchesAsync(Cancellation));
        Assert.Equal((lines.Count, 0, lines.Count * TestTenant.RowPrice), ((int)ended.Cost!.Units!, (int)ended.Cost.Reserved, (int)ended.Cost.Charge!));
        // Just so many rows as were not delivered are within the budget again.
        var left = Rows - lines.Count;
        Assert.True(await IsWithinBudgetAsync(tenant, left));
        Assert.False(await IsWithinBudgetAsync(tenant, left + 1));
    }

    [Fact]
    public async Task Batch_AllOfWhoseRowsFail_EndsAndCostsNothing()
    {
        using var tenant = await TestTenant.CreateAsync(service);

        var ended = await tenant.Client.RunAsync("rows.jsonl", string.Concat(Enumerable.Repeat("{\"id\": \"no input\"}\n", 40)), BatchCalls.Text, "spam");

        Assert.Equal(("completed", new BatchCounts(40, 0, 40)), (ended.Status, ended.RequestCounts));
        Assert.Null(ended.OutputFileId);
        var errors = await tenant.Client.RowsAsync(ended.ErrorFileId);
        Assert.Equal(Enumerable.Range(1, 40), errors.Select(e => (int)e["line"]!));
        Assert.All(errors, e => Assert.Equal("missing_input", (string?)e["error"]!["code"]));
        Assert.Equal((0, 0), ((int)ended.Cost!.Units!, (int)ended.Cost.Charge!));
        Assert.Equal((0, 0), await tenant.UsedAsync(Cancellation));
    }

    private static async Task<Batch> OrderAsync(TestTenant tenant, byte[] content)
    {
        var file = await tenant.Client.SendAsync("rows.jsonl", content);
        return await tenant.Client.CreateBatchAsync(new() { InputFileId = file.Id, Endpoint = BatchCalls.Text, Model = "sentiment" }, Cancellation);
    }

    private static async Task<bool> IsWithinBudgetAsync(TestTenant tenant, int rows)
    {
        var file = await tenant.Client.SendAsync("rows.jsonl", string.Concat(Enumerable.Repeat("{\"input\": \"a row\"}\n", rows)));
        return (await tenant.Client.QuoteBatchAsync(new() { InputFileId = file.Id, Endpoint = BatchCalls.Text, Model = "spam" }, Cancellation)).WithinBudget;
    }

    /// <summary>All events until the stream ends.</summary>
    private static async Task<List<(string Name, Batch Batch)>> EventsAsync(TestTenant tenant, string id)
    {
        using var answer = await tenant.Http.GetAsync(new Uri($"v1/batches/{id}/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Cancellation);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Cancellation));
        List<(string, Batch)> events = [];
        var name = "";
        while (await reader.ReadLineAsync(Cancellation) is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
            {
                name = line["event: ".Length..];
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                events.Add((name, JsonSerializer.Deserialize(line["data: ".Length..], WireJson.Default.Batch)!));
            }
        }

        return events;
    }
}
