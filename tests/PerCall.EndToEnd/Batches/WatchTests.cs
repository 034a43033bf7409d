using System.Text.Json;
using System.Text.Json.Nodes;
using Azure;
using Azure.Data.Tables;
using PerCall.Client.Wire;
using PerCall.EndToEnd.Charging;
using PerCall.Testing;
using PerCall.Testing.Batches;
using Xunit;

namespace PerCall.EndToEnd.Batches;

/// <summary>A batch's state while it runs, and its ends other than completion.</summary>
[Collection(Disturbances.Name)]
public sealed class WatchTests(DisturbedService service)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_OfABatch_TellItsProgressAndItsEnd()
    {
        const int Rows = 300;
        using var tenant = await TestTenant.CreateAsync(service);
        await using var gate = await service.Azurite.HoldBatchesAsync(tenant.Account, shards: 6);
        var batch = await OrderAsync(tenant, BatchInput.Draw(Rows, 21).Content);

        // The batch stays in its middle until an event has told of it.
        var events = await EventsAsync(tenant, batch.Id, e => IsInTheMiddle(e) ? gate.OpenAsync() : Task.CompletedTask);

        Assert.Contains(events, e => IsInTheMiddle(e.Batch));
        Assert.All(events[..^1], e => Assert.Equal("progress", e.Name));
        var (name, last) = events[^1];
        Assert.Equal(("end", "completed", Rows), (name, last.Status, last.RequestCounts.Completed + last.RequestCounts.Failed));
        var done = events.Select(e => e.Batch.RequestCounts.Completed + e.Batch.RequestCounts.Failed).ToList();
        Assert.Equal(done.Order(), done);
        var running = events.Where(e => e.Batch is { Status: "in_progress", Progress: not null }).Select(e => e.Batch).ToList();
        Assert.All(
            running, b =>
                Assert.True(b.RequestCounts.Total >= Rows && b.Progress!.Shards > Rows / 7 && b.Progress.ShardsDone <= b.Progress.Shards));
        // The stream of a batch that has ended consists of its end.
        Assert.Equal("end", Assert.Single(await EventsAsync(tenant, batch.Id, _ => Task.CompletedTask)).Name);
    }

    [Fact]
    public async Task Cancel_InTheMiddle_DeliversAndChargesWhatIsDoneAndGivesTheRestBack()
    {
        const int Rows = 300;
        const long Budget = Rows * TestTenant.RowPrice;
        using var tenant = await TestTenant.CreateAsync(service, TestTenant.Plan with { MonthlyBudget = Budget });
        var input = BatchInput.Draw(Rows, 22);
        await using var gate = await service.Azurite.HoldBatchesAsync(tenant.Account, shards: 6);
        var batch = await OrderAsync(tenant, input.Content);
        await Eventually.HoldsAsync(
            async () =>
                (batch = await tenant.Client.GetBatchAsync(batch.Id, Cancellation)).RequestCounts.Completed > 20, "six shards are done",
                service.Process);
        Assert.Equal(Budget, batch.Cost!.Reserved);

        var cancelled = await tenant.Client.CancelBatchAsync(batch.Id, Cancellation);
        var ended = await tenant.Client.EndAsync(batch.Id, service.Process);

        Assert.Equal(("cancelling", "cancelled"), (cancelled.Status, ended.Status));
        Assert.InRange(ended.RequestCounts.Completed, 21, input.Good.Count - 1);
        var lines = (await tenant.Client.RowsAsync(ended.OutputFileId)).Select(r => (long)r["line"]!).ToList();
        Assert.Equal(ended.RequestCounts.Completed, lines.Count);
        Assert.Equal(lines.Distinct().Order(), lines);
        Assert.Empty(lines.Except(input.Good));
        Assert.Equal((1, lines.Count * TestTenant.RowPrice), await tenant.ChargedForBatchesAsync(Cancellation));
        Assert.Equal(
            (lines.Count, 0, lines.Count * TestTenant.RowPrice),
            ((int)ended.Cost!.Units!, (int)ended.Cost.Reserved, (int)ended.Cost.Charge!));
        // Just so many rows as were not delivered are within the budget again.
        var left = Rows - lines.Count;
        Assert.True(await IsWithinBudgetAsync(tenant, left));
        Assert.False(await IsWithinBudgetAsync(tenant, left + 1));
    }

    [Fact]
    public async Task Cancel_ByOpenAisClient_DeliversWhatIsDone()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        await using var gate = await service.Azurite.HoldBatchesAsync(tenant.Account, shards: 3);

        var seen = await OpenAiClient.RunAsync(
            service.Process.Address, tenant.Key.Key, "cancel", [.. Enumerable.Range(0, 100).Select(OpenAiClient.Row)]);

        Assert.Equal(("cancelling", "cancelled"), ((string?)seen["cancelled"], (string?)seen["batch"]!["status"]));
        var completed = (int)seen["batch"]!["request_counts"]!["completed"]!;
        Assert.InRange(completed, 0, 99);
        Assert.Equal(completed * TestTenant.RowPrice, (await tenant.ChargedForBatchesAsync(Cancellation)).Paid);
        Assert.Equal(
            ("ConflictError", 409, "batch_ended"),
            ((string)seen["again"]!["name"]!, (int)seen["again"]!["status"]!, (string)seen["again"]!["code"]!));
    }

    [Fact]
    public async Task Batch_ThatTakesTooLong_ExpiresWithWhatIsDone()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var input = BatchInput.Draw(300, 41);
        await using var gate = await service.Azurite.HoldBatchesAsync(tenant.Account, shards: 6);
        var batch = await OrderAsync(tenant, input.Content);
        Assert.Equal(24 * 60 * 60, batch.ExpiresAt - batch.CreatedAt);
        await Eventually.HoldsAsync(
            async () =>
                (await tenant.Client.GetBatchAsync(batch.Id, Cancellation)).RequestCounts.Completed > 20, "six shards are done",
                service.Process);

        await PassItsTimeAsync(tenant.Account, batch.Id);
        var ended = await tenant.Client.EndAsync(batch.Id, service.Process);

        Assert.Equal("expired", ended.Status);
        Assert.NotNull(ended.ExpiredAt);
        var lines = (await tenant.Client.RowsAsync(ended.OutputFileId)).Select(r => (long)r["line"]!).ToList();
        Assert.InRange(lines.Count, 21, input.Good.Count - 1);
        Assert.Equal(lines.Distinct().Order(), lines);
        Assert.Empty(lines.Except(input.Good));
        Assert.Equal((lines.Count, lines.Count * TestTenant.RowPrice), (ended.RequestCounts.Completed, ended.Cost!.Charge!.Value));
        Assert.Equal((1, lines.Count * TestTenant.RowPrice), await tenant.ChargedForBatchesAsync(Cancellation));
    }

    [Fact]
    public async Task Batch_AllOfWhoseRowsFail_EndsAndCostsNothing()
    {
        using var tenant = await TestTenant.CreateAsync(service);

        var ended = await tenant.Client.RunAsync(
            "rows.jsonl", string.Concat(Enumerable.Repeat("{\"id\": \"no input\"}\n", 40)), BatchCalls.Text, "spam");

        Assert.Equal(("completed", new BatchCounts(40, 0, 40)), (ended.Status, ended.RequestCounts));
        Assert.Null(ended.OutputFileId);
        var errors = await tenant.Client.RowsAsync(ended.ErrorFileId);
        Assert.Equal(Enumerable.Range(1, 40), errors.Select(e => (int)e["line"]!));
        Assert.All(errors, e => Assert.Equal("missing_input", (string?)e["error"]!["code"]));
        Assert.Equal((0, 0), ((int)ended.Cost!.Units!, (int)ended.Cost.Charge!));
        Assert.Equal((0, 0), await tenant.UsedAsync(Cancellation));
    }

    /// <summary>Writes into storage that a batch's time is over, instead of waiting a day for it.</summary>
    private async Task PassItsTimeAsync(string account, string id)
    {
        var jobs = new TableClient(service.Azurite.KeptConnectionString, "jobs");
        await Eventually.HoldsAsync(
            async () =>
            {
                var row = (await jobs.GetEntityAsync<TableEntity>(account, id, cancellationToken: Cancellation)).Value;
                var job = JsonNode.Parse(row.GetString("Job"))!;
                job["ExpiresAt"] = JsonValue.Create(TimeProvider.System.GetUtcNow().AddSeconds(-1));
                row["Job"] = job.ToJsonString();
                try
                {
                    await jobs.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace, Cancellation);
                    return true;
                }
                catch (RequestFailedException e) when (e.Status == 412)
                {
                    // The service has written its own step meanwhile.
                    return false;
                }
            },
            "the batch's time is over",
            service.Process);
    }

    private static async Task<Batch> OrderAsync(TestTenant tenant, byte[] content)
    {
        var file = await tenant.Client.SendAsync("rows.jsonl", content);
        return await tenant.Client.CreateBatchAsync(
            new() { InputFileId = file.Id, Endpoint = BatchCalls.Text, Model = "sentiment" }, Cancellation);
    }

    private static async Task<bool> IsWithinBudgetAsync(TestTenant tenant, int rows)
    {
        var file = await tenant.Client.SendAsync("rows.jsonl", string.Concat(Enumerable.Repeat("{\"input\": \"a row\"}\n", rows)));
        return (
            await tenant.Client.QuoteBatchAsync(
                new() { InputFileId = file.Id, Endpoint = BatchCalls.Text, Model = "spam" }, Cancellation)).WithinBudget == true;
    }

    private static bool IsInTheMiddle(Batch batch) =>
        batch is { Status: "in_progress", RequestCounts.Completed: > 0, Progress: { RowsPerSecond: > 0, SecondsLeft: > 0 } };

    /// <summary>All events until the stream ends.</summary>
    private static async Task<List<(string Name, Batch Batch)>> EventsAsync(TestTenant tenant, string id, Func<Batch, Task> seen)
    {
        using var answer = await tenant.Http.GetAsync(
            new Uri($"v1/batches/{id}/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Cancellation);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Cancellation));
        List<(string, Batch)> events = [];
        var name = "";
        while (await reader.ReadLineAsync(Cancellation).AsTask().WaitAsync(ProcessOutput.Patience, Cancellation) is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
            {
                name = line["event: ".Length..];
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                events.Add((name, JsonSerializer.Deserialize(line["data: ".Length..], WireJson.Default.Batch)!));
                await seen(events[^1].Item2);
            }
        }

        return events;
    }
}
