using System.Text.Json;
using PerCall.Client.Wire;
using PerCall.EndToEnd.Batches;
using PerCall.EndToEnd.Charging;
using PerCall.EndToEnd.LargeModels;
using PerCall.Testing;
using PerCall.Testing.Webhooks;
using Xunit;

namespace PerCall.EndToEnd.Work;

/// <summary>One instance on which a kind of work can get more messages than it may have at once.</summary>
public sealed class FloodedService() : ChatModelService("hang")
{
    /// <summary>Of one tenant's batches, at the provider.</summary>
    public const int CallsAtOnce = 8;

    protected override IEnumerable<(string Name, string? Value)> Settings =>
    [
        .. base.Settings,
        // Receivers are on this machine.
        ("AZURE_FUNCTIONS_ENVIRONMENT", "Development"),
        ("PerCall__Webhooks__Timeout", "00:01:00"),
        ("PerCall__Predictions__AtOncePerTenant", "24"),
        ("PerCall__Predictions__Lapse", "00:05:00"),
        ("PerCall__Webhooks__AtOnce", "2"),
        ("PerCall__Batches__CallsPerTenant", $"{CallsAtOnce}"),
    ];
}

/// <summary>All kinds of work but shards are in one queue, and none of them waits behind another.</summary>
public sealed class FloodTests(FloodedService service) : IClassFixture<FloodedService>
{
    /// <summary>More than the instance receives at once (host.json).</summary>
    private const int Flood = 24;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task BatchAndWebhook_WhilePredictionsTakeAllPlacesTheyCanGet_Arrive()
    {
        await using WebhookReceiver receiver = new();
        using var flooding = await TestTenant.CreateAsync(service);
        using var other = await TestTenant.CreateAsync(service);
        await using var gate = await service.Azurite.HoldPredictionsAsync(flooding.Account, pass: 0);
        List<string> ids = [];
        for (var i = 0; i < Flood; i++)
        {
            ids.Add((await PredictAsync(flooding, wait: null)).Id);
        }

        await Eventually.HoldsAsync(async () => await gate.HeldAsync() > 1, "predictions run and are held", service.Process);
        var file = await other.Client.SendAsync("rows.jsonl", "{\"id\":\"1\",\"input\":\"a text\"}\n");
        var batch = await other.Client.CreateBatchAsync(
            new() { InputFileId = file.Id, Endpoint = BatchCalls.Text, Model = "spam", Webhook = receiver.Hook }, Cancellation);
        var ended = await other.Client.EndAsync(batch.Id, service.Process);
        await Eventually.HoldsAsync(() => Task.FromResult(receiver.Received.Count == 1), "the webhook arrives", service.Process);

        Assert.Equal("completed", ended.Status);
        var held = (await flooding.Client.ListPredictionsAsync(limit: Flood, cancellation: Cancellation)).Data;
        Assert.Equal(Flood, held.Count(p => p.CompletedAt is null));
        Assert.InRange(held.Count(p => p.Status == "processing"), 2, Flood - 1);

        await gate.OpenAsync();
        // Those that had no place come back after up to 16 s, perhaps more than once.
        await Eventually.ComesToAsync(
            async () => (await flooding.Client.ListPredictionsAsync(limit: Flood, cancellation: Cancellation)).Data
                .Count(p => p.Status == "succeeded"),
            succeeded => succeeded == Flood,
            "the held predictions end, too",
            service.Process);
        Assert.Equal(ids.Order(), (await flooding.ChargesAsync(Cancellation)).Select(c => c.Id).Order());
    }

    [Fact]
    public async Task Prediction_WhileDeliveriesToASilentReceiverTakeAllPlaces_Ends()
    {
        await using WebhookReceiver silent = new();
        var held = new TaskCompletionSource();
        silent.Answer = (_, _) => held.Task;
        using var slow = await TestTenant.CreateAsync(service);
        using var other = await TestTenant.CreateAsync(service);
        for (var i = 0; i < Flood; i++)
        {
            await PredictAsync(slow, wait: null, $"{silent.Hook}/{i % 8}");
        }

        await Eventually.HoldsAsync(
            () => Task.FromResult(silent.Received.Count == 2), "deliveries run and are held", service.Process);
        await Eventually.HoldsAsync(
            async () => (await DeliveriesAsync(slow)).Count == Flood, "all deliveries wait", service.Process);
        var ended = await PredictAsync(other, TimeSpan.FromSeconds(60));

        Assert.Equal("succeeded", ended.Status);
        Assert.Equal(2, silent.Received.Count);
        held.SetResult();
        await Eventually.ComesToAsync(
            async () => (await DeliveriesAsync(slow)).Count(d => d.Status != "delivered"),
            left => left == 0,
            "the held deliveries end, too",
            service.Process);
    }

    [Fact]
    public async Task BatchPredictionAndWebhook_WhileCallsOnASilentProviderTakeAllPlacesTheyCanGet_Arrive()
    {
        await using WebhookReceiver receiver = new();
        using var flooding = await TestTenant.CreateAsync(
            service, TestTenant.Plan with { Prices = [new("openai", "*", "token_in", 2), new("openai", "*", "token_out", 3)] });
        using var other = await TestTenant.CreateAsync(service);
        // Each shard has a few calls, so most of the shards only wait for a slot at the provider.
        var calls = await flooding.Client.SendAsync(
            "calls.jsonl", string.Concat(Enumerable.Range(0, Flood * 5).Select(i => BatchCalls.ChatRow($"row-{i}", $"Hello {i}.") + "\n")));
        var flood = await flooding.Client.CreateBatchAsync(
            new() { InputFileId = calls.Id, Endpoint = BatchCalls.Chat }, Cancellation);

        await Eventually.HoldsAsync(
            () => Task.FromResult(service.Provider.Emissions.Running == FloodedService.CallsAtOnce), "calls are held", service.Process);
        var file = await other.Client.SendAsync("rows.jsonl", "{\"id\":\"1\",\"input\":\"a text\"}\n");
        var batch = await other.Client.CreateBatchAsync(
            new() { InputFileId = file.Id, Endpoint = BatchCalls.Text, Model = "spam", Webhook = receiver.Hook }, Cancellation);
        var predicted = await PredictAsync(other, TimeSpan.FromSeconds(60), receiver.Hook);
        var ended = await other.Client.EndAsync(batch.Id, service.Process);
        await Eventually.HoldsAsync(() => Task.FromResult(receiver.Received.Count == 2), "the webhooks arrive", service.Process);

        Assert.Equal(("completed", "succeeded"), (ended.Status, predicted.Status));
        var held = await flooding.Client.GetBatchAsync(flood.Id, Cancellation);
        Assert.Equal(("in_progress", 0), (held.Status, held.RequestCounts.Completed + held.RequestCounts.Failed));
        Assert.Equal(FloodedService.CallsAtOnce, service.Provider.Emissions.Running);

        // A cancellation reaches calls that wait for their answer.
        await flooding.Client.CancelBatchAsync(flood.Id, Cancellation);
        Assert.Equal("cancelled", (await flooding.Client.EndAsync(flood.Id, service.Process)).Status);
        await Eventually.ComesToAsync(
            () => Task.FromResult(service.Provider.Emissions.Running), running => running == 0, "no call is left", service.Process);
        Assert.Empty(await flooding.ChargesAsync(Cancellation));
    }

    private static async Task<IReadOnlyList<WebhookDelivery>> DeliveriesAsync(TestTenant tenant) =>
        (await tenant.Client.ListWebhookDeliveriesAsync(limit: 50, cancellation: Cancellation)).Data;

    private static Task<Prediction> PredictAsync(TestTenant tenant, TimeSpan? wait, string? webhook = null) =>
        tenant.Client.CreatePredictionAsync(
            new() { Task = "text-classification", Model = "spam", Input = JsonElement.Parse("\"a text\""), Webhook = webhook },
            wait,
            cancellation: Cancellation);
}
