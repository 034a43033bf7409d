using System.Text.Json;
using Microsoft.DurableTask.Client;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.Samples.Approval;
using PerCall.Testing;
using Xunit;

namespace PerCall.Approval.Tests;

/// <summary>The sample's orchestration, from the HTTP functions to the calls of PerCall.</summary>
public sealed class ApprovalTests(ApprovalHost host) : IClassFixture<ApprovalHost>
{
    private static readonly ApprovalOptions Polling = With(o => o.FirstPoll = o.LongestPoll = TimeSpan.FromMilliseconds(50));

    [Fact]
    public async Task Run_PriceAtTheLimit_StartsWithoutApprovalAndEndsWithTheCharge()
    {
        var file = host.PerCall.AddFile(price: 1000);
        var id = await host.StartAsync(file);
        var running = await host.StateAsync(id, "running");

        var sent = await host.SendWebhookAsync(ApprovalHost.End(file));
        var ended = (await host.StateAsync(id, "completed")).Status!;

        Assert.Equal(204, sent);
        Assert.Null(running.Status!.Batch!.Charge);
        Assert.Null(ended.Decision);
        Assert.Equal((1000, "EUR", 3, 1), (ended.Batch!.Charge, ended.Batch.Currency, ended.Batch.Delivered, ended.Batch.Failed));
        Assert.Equal(("output.jsonl", 3600), Assert.Single(ended.Batch.Files) is var output ? (output.Name, output.UrlExpiresAt) : default);
        var order = Assert.Single(file.Batches).Request;
        Assert.Equal(("https://approval.test/webhooks/percall", "spam"), (order.Webhook, order.Model));
    }

    [Fact]
    public async Task Run_EveryActivityRunsTwiceAndCodeIsReplayed_StartsOneBatch()
    {
        var file = host.PerCall.AddFile(price: 1);
        var id = await host.StartAsync(file);
        await host.StateAsync(id, "running");
        await host.SendWebhookAsync(ApprovalHost.End(file));
        await host.StateAsync(id, "completed");

        Assert.Equal(2, file.Orders);
        Assert.Single(file.Batches);
        Assert.Equal(
            [nameof(PerCallActivities.QuoteBatch), nameof(PerCallActivities.StartBatch), nameof(PerCallActivities.GetBatch)],
            host.Called.Where(c => c.Instance == id).Select(c => c.Activity));
        Assert.InRange(host.Executions[id], 4, 100);
    }

    [Fact]
    public async Task Run_PriceAboveTheLimit_StartsNothingUntilApproved()
    {
        var file = host.PerCall.AddFile(price: 1001);
        var id = await host.StartAsync(file);
        var waiting = await host.StateAsync(id, "awaiting_approval");
        var orders = file.Orders;

        var answers = (await host.DecideAsync(id, approve: true, "{}"), await host.DecideAsync(id, approve: true));
        var running = await host.StateAsync(id, "running");
        var late = await host.DecideAsync(id, approve: false);
        await host.SendWebhookAsync(ApprovalHost.End(file));
        var ended = (await host.StateAsync(id, "completed")).Status!;

        Assert.Equal((0, 1001, 4, 1), (orders, waiting.Status!.Quote!.Price, waiting.Status.Quote.Rows, waiting.Status.Quote.BadRows));
        Assert.Equal((400, 202), answers);
        Assert.Equal(new Decision(true, "Ada"), running.Status!.Decision);
        Assert.Equal(409, late);
        Assert.Equal(1001, ended.Batch!.Charge);
    }

    [Fact]
    public async Task Run_FallbackCouldCostMoreThanTheLimit_StartsNothingUntilApproved()
    {
        var file = host.PerCall.AddFile(price: 1);
        file.FallbackPrice = 1001;
        var id = await host.StartAsync(file);

        var waiting = (await host.StateAsync(id, "awaiting_approval")).Status!;
        await host.DecideAsync(id, approve: false);
        await host.StateAsync(id, "rejected");

        Assert.Equal((1001, 0), (waiting.Quote!.Price, file.Orders));
    }

    [Fact]
    public async Task Run_Rejected_StartsNothing()
    {
        var file = host.PerCall.AddFile(price: 5000);
        var id = await host.StartAsync(file);
        await host.StateAsync(id, "awaiting_approval");

        var answer = await host.DecideAsync(id, approve: false);
        var ended = (await host.StateAsync(id, "rejected")).Status!;

        Assert.Equal((202, 0), (answer, file.Orders));
        Assert.Equal((new Decision(false, "Ada"), null), (ended.Decision, ended.Batch));
    }

    [Fact]
    public async Task Run_NoDecisionInTime_StartsNothing()
    {
        var file = host.PerCall.AddFile(price: 5000);
        var id = await host.StartAsync(file, With(o => o.ApprovalTimeout = TimeSpan.FromMilliseconds(50)));

        var ended = (await host.StateAsync(id, "approval_timed_out")).Status!;
        var late = await host.DecideAsync(id, approve: true);

        Assert.Equal((409, 0), (late, file.Orders));
        Assert.Null(ended.Decision);
    }

    [Fact]
    public async Task Run_WebhookIsLost_TimerFindsTheEnd()
    {
        var file = host.PerCall.AddFile(price: 1);
        var id = await host.StartAsync(file, Polling);
        await Eventually.HoldsAsync(() => Task.FromResult(file.Reads > 2), "the running batch is polled");

        ApprovalHost.End(file, "expired");
        var ended = (await host.StateAsync(id, "expired")).Status!;

        Assert.Equal(1, ended.Batch!.Charge);
        Assert.Single(file.Batches);
    }

    [Fact]
    public async Task Run_EventBeforeTheEnd_WaitsForTheNextOne()
    {
        var file = host.PerCall.AddFile(price: 1);
        var id = await host.StartAsync(file);
        await host.StateAsync(id, "running");

        await host.SendWebhookAsync(Assert.Single(file.Batches));
        await Eventually.HoldsAsync(() => Task.FromResult(file.Reads == 2), "the batch is read once, which is two runs of the activity");
        var state = await host.StateAsync(id, "running");
        var batch = ApprovalHost.End(file);
        await host.SendWebhookAsync(batch);
        await host.SendWebhookAsync(batch);
        await host.StateAsync(id, "completed");

        Assert.Equal("in_progress", state.Status!.Batch!.Status);
        Assert.Equal(4, file.Reads);
    }

    [Fact]
    public async Task Run_AnswersOfTheOrderAreLost_FindsTheBatchTheyStarted()
    {
        var file = host.PerCall.AddFile(price: 1);
        file.LostAnswers = 2;
        var id = await host.StartAsync(file);
        await host.StateAsync(id, "running");

        await host.SendWebhookAsync(ApprovalHost.End(file));
        await host.StateAsync(id, "completed");

        Assert.Equal(4, file.Orders);
        Assert.Single(file.Batches);
    }

    [Fact]
    public async Task Run_PerCallRefuses_EndsWithTheReasonAndIsNotRetried()
    {
        var (_, id) = await host.StartAsync("""{"file_id":"file-x","endpoint":"/v1/text/classify"}""", $"{Guid.NewGuid()}");

        var ended = (await host.StateAsync(id!, "refused")).Status!;

        Assert.Equal("file_not_found: The fake refuses with file_not_found.", ended.Refusal);
        Assert.Single(host.Called, c => c.Instance == id);
    }

    [Theory]
    [InlineData(1, 3, 2)]
    [InlineData(13, 1, 1)]
    public async Task StartBatch_RunsAgainAfterTheKeyIsForgotten_FindsTheBatchByItsMetadata(int hoursAgo, int orders, int batches)
    {
        var (file, others) = (host.PerCall.AddFile(price: 1), host.PerCall.AddFile(price: 1));
        var activities = new PerCallActivities(PerCallClient.Connect(host.PerCall.Address), TimeProvider.System);
        Task<Answer<BatchState>> StartAsync(FakeFile f, string instance) => activities.StartBatch(
            new(instance, "start-batch", new(f.Id, "/v1/text/classify"), null, TimeProvider.System.GetUtcNow().AddHours(-hoursAgo)),
            CancellationToken.None);
        var instance = $"{Guid.NewGuid():n}";

        var first = await StartAsync(file, instance);
        await StartAsync(others, $"{Guid.NewGuid():n}");
        var second = await StartAsync(file, instance);
        host.PerCall.ForgetKeys();
        var third = await StartAsync(file, instance);

        // What protects the first hours is the key alone: the row with an hour shows that the fake forgets it.
        Assert.Equal(first.Value!.Id, second.Value!.Id);
        Assert.Equal(batches == 1, third.Value!.Id == first.Value.Id);
        Assert.Equal((orders, batches), (file.Orders, file.Batches.Count));
    }

    [Fact]
    public async Task Start_AfterTheOrchestrationFailed_TakesUpTheSameBatch()
    {
        var file = host.PerCall.AddFile(price: 1);
        file.FailedReads = 3;
        var key = $"{Guid.NewGuid()}";
        var id = await host.StartAsync(file, Polling, key);
        await Eventually.HoldsAsync(
            async () => (await host.Durable.GetInstanceAsync(id))!.RuntimeStatus is OrchestrationRuntimeStatus.Failed,
            "the orchestration fails");

        ApprovalHost.End(file);
        var again = await host.StartAsync(file, Polling, key);
        var ended = (await host.StateAsync(id, "completed")).Status!;

        Assert.Equal(id, again);
        Assert.Equal(4, file.Orders);
        Assert.Single(file.Batches);
        Assert.Equal(1, ended.Batch!.Charge);
    }

    [Fact]
    public async Task Start_SameKey_IsOneApproval()
    {
        var (file, other) = (host.PerCall.AddFile(price: 5000), host.PerCall.AddFile(price: 5000));
        var key = $"{Guid.NewGuid()}";
        var id = await host.StartAsync(file, key: key);
        await host.StateAsync(id, "awaiting_approval");

        var same = await host.StartAsync(ApprovalHost.BodyOf(file), key);
        var different = await host.StartAsync(ApprovalHost.BodyOf(other), key);

        Assert.Equal(((int, string?))(202, id), same);
        Assert.Equal(422, different.Status);
        Assert.Single(host.Called, c => c.Instance == id);
    }

    [Theory]
    [InlineData("""{"file_id":"file-1"}""", "k")]
    [InlineData("""{"file_id":"file-1","endpoint":null}""", "k")]
    [InlineData("""{"file_id":"file-1","endpoint":"/v1/text/classify","modell":"spam"}""", "k")]
    [InlineData("""{"file_id":"","endpoint":"/v1/text/classify"}""", "k")]
    [InlineData("not JSON", "k")]
    [InlineData("""{"file_id":"file-1","endpoint":"/v1/text/classify"}""", "")]
    public async Task Start_MalformedRequest_IsRefused(string body, string key) =>
        Assert.Equal(400, (await host.StartAsync(body, key)).Status);

    [Fact]
    public async Task Webhook_WithoutAValidSignature_IsRefusedAndRaisesNothing()
    {
        var file = host.PerCall.AddFile(price: 1);
        var id = await host.StartAsync(file);
        await host.StateAsync(id, "running");

        var forged = await host.SendWebhookAsync(Assert.Single(file.Batches), secret: "whsec_Zm9yZ2Vk");
        var old = await host.SendWebhookAsync(Assert.Single(file.Batches), age: TimeSpan.FromMinutes(6));
        // Signed by the second secret, as during a rotation.
        var valid = await host.SendWebhookAsync(ApprovalHost.End(file));
        await host.StateAsync(id, "completed");

        Assert.Equal((401, 401, 204), (forged, old, valid));
        // Each event makes the orchestration read the batch once, which is two runs of the activity.
        Assert.Equal(2, file.Reads);
    }

    [Theory]
    [InlineData("""{"type":"prediction.succeeded","timestamp":"2026-11-24T10:15:01Z","data":{"id":"prd_1","status":"succeeded"}}""")]
    [InlineData("""
        {"type":"batch.completed","timestamp":"2026-11-24T10:15:01Z","data":{"id":"b","object":"batch","endpoint":"/v1/text/classify",
        "completion_window":"24h","status":"completed","created_at":1,"request_counts":{"total":1,"completed":1,"failed":0},
        "metadata":{"approval":"unknown"}}}
        """)]
    public async Task Webhook_NotOfAnApproval_IsAcceptedAndIgnored(string body)
    {
        var message = JsonSerializer.Deserialize(body, WireJson.Default.WebhookMessage)!;

        Assert.Equal(204, await host.SendWebhookAsync(message));
    }

    private static ApprovalOptions With(Action<ApprovalOptions> change)
    {
        var options = ApprovalHost.Options;
        change(options);
        return options;
    }
}
