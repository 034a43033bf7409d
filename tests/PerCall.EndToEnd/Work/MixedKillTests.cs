using System.Text.Json;
using System.Text.Json.Nodes;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.EndToEnd.Batches;
using PerCall.EndToEnd.Charging;
using PerCall.EndToEnd.LargeModels;
using PerCall.Testing;
using PerCall.Testing.Webhooks;
using Xunit;

namespace PerCall.EndToEnd.Work;

/// <summary>
/// A service with a large model at a stand-in provider, whose webhooks go to this machine. What the dead leave is soon found.
/// </summary>
public sealed class MixedService : ChatModelService
{
    protected override IEnumerable<(string Name, string? Value)> Settings =>
    [
        .. base.Settings,
        ("AZURE_FUNCTIONS_ENVIRONMENT", "Development"),
        ("PerCall__Predictions__AtOncePerTenant", "24"),
        // Shorter times would take live instances for dead on a busy machine, and a prediction fails after some of such attempts.
        ("PerCall__Predictions__Lapse", "00:00:15"),
        ("PerCall__Predictions__Grace", "00:00:05"),
        ("PerCall__Webhooks__Timeout", "00:00:10"),
        ("PerCall__Webhooks__ClaimMargin", "00:00:05"),
        ("PerCall__Webhooks__Grace", "00:00:05"),
        ("PerCall__Webhooks__Retries", string.Join(',', Enumerable.Repeat("00:00:01", 20))),
        ("PerCall__Upkeep__Interval", "00:00:02"),
    ];
}

/// <summary>All kinds of messages at once, while the processes that work on them are killed.</summary>
[Collection(Disturbances.Name)]
public sealed class MixedKillTests(MixedService service) : IClassFixture<MixedService>
{
    private const int Rows = 100;
    private const int HeldShard = 10;
    private const int Calls = 10;
    private const int Predictions = 10;
    private const long TokensIn = 20;
    private const long TokensOut = 5;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Processes", "several")]
    public async Task Kill_WhileAllKindsOfWorkRun_EachIsDeliveredAndChargedOnce()
    {
        await using WebhookReceiver receiver = new();
        using var tenant = await TestTenant.CreateAsync(
            service, TestTenant.Plan with
            {
                MonthlyBudget = 1_000_000_000,
                Prices = [.. TestTenant.Plan.Prices!, new("openai", "*", "token_in", 2), new("openai", "*", "token_out", 3)],
            });
        ServiceProcess[] instances = [await service.StartAnotherAsync(), await service.StartAnotherAsync()];
        await service.Process.StopAsync();
        var client = tenant.ClientOf(instances[0]);

        // Two shards and no call come through before the first kill, and one shard not before the last.
        await using var shard = await service.Azurite.HoldShardAsync(tenant.Account, HeldShard);
        await using var results = await service.Azurite.HoldBatchesAsync(tenant.Account, shards: 2);
        service.Provider.Break("mini", "hang");
        var texts = await OrderAsync(
            client, Lines(Rows, i => $"{{\"id\":\"row-{i}\",\"input\":\"text {i}\"}}"), BatchCalls.Text, "spam", receiver);
        var calls = await OrderAsync(
            client,
            Lines(Calls, i => BatchCalls.ChatRow($"row-{i}", $"script: id=mixed-{i}; tokens={TokensOut}; in={TokensIn}")),
            BatchCalls.Chat,
            model: null,
            receiver);
        await results.ReachedAsync(instances);
        await Eventually.HoldsAsync(
            () => Task.FromResult(service.Provider.Emissions.Running > 0), "calls wait for the provider", instances);
        await KillAsync(instances, [0], results.OpenAsync);

        // No prediction comes through before the second one.
        await using var inputs = await service.Azurite.HoldPredictionsAsync(tenant.Account, pass: 0);
        client = tenant.ClientOf(instances[0]);
        List<string> predictions = [];
        for (var i = 1; i < Predictions; i++)
        {
            predictions.Add(await AskAsync(client, i, receiver));
        }

        await inputs.ReachedAsync(instances);
        service.Provider.Break("mini", "");
        await KillAsync(instances, [1], inputs.OpenAsync);

        // A shard and a webhook wait, when both instances are killed.
        await shard.ReachedAsync(instances);
        // The others are answered: the service makes a pause after some attempts without an answer, and the last one would not arrive.
        HashSet<string?> others = [calls, .. predictions];
        var held = new TaskCompletionSource();
        receiver.Answer = async (webhook, response) =>
        {
            if (!others.Contains(IdOf(webhook)))
            {
                await held.Task;
            }

            response.StatusCode = 204;
        };
        predictions.Add(await AskAsync(tenant.ClientOf(instances[1]), Predictions, receiver));
        await Eventually.HoldsAsync(
            () => Task.FromResult(receiver.Received.Any(r => IdOf(r) == predictions[^1])), "the last webhook arrives", instances);
        await KillAsync(instances, [0, 1], () =>
        {
            held.SetResult();
            return shard.OpenAsync();
        });

        client = tenant.ClientOf(instances[1]);
        var (textsEnded, callsEnded) = (await client.EndAsync(texts, instances), await client.EndAsync(calls, instances));
        await Eventually.ComesToAsync(
            async () => (await client.ListPredictionsAsync(limit: 50, cancellation: Cancellation)).Data
                .Count(p => p.Status == "succeeded"),
            count => count == Predictions, "all predictions have succeeded", instances);
        await Eventually.ComesToAsync(
            async () => (await client.ListWebhookDeliveriesAsync(limit: 50, cancellation: Cancellation)).Data
                .Count(d => d.Status == "delivered"),
            count => count == Predictions + 2, "all webhooks are delivered", instances);

        Assert.Equal(("completed", new BatchCounts(Rows, Rows, 0)), (textsEnded.Status, textsEnded.RequestCounts));
        Assert.Equal(("completed", new BatchCounts(Calls, Calls, 0)), (callsEnded.Status, callsEnded.RequestCounts));
        Assert.Equal(Names(Rows), (await client.RowsAsync(textsEnded.OutputFileId)).Select(r => (string?)r["id"]));
        Assert.Equal(Names(Calls), (await client.RowsAsync(callsEnded.OutputFileId)).Select(r => (string?)r["custom_id"]));
        // An attempt that was interrupted is made again. Receivers know the event by its id.
        Assert.Equal(
            [.. predictions.Append(texts).Append(calls).Order()],
            receiver.Received.DistinctBy(r => r.Headers["webhook-id"]).Select(IdOf).Order());

        var charges = await tenant.ChargesAsync(Cancellation);
        (string Of, long Charge)[] expected =
        [
            (calls, Calls * ((TokensIn * 2) + (TokensOut * 3))), (texts, Rows * TestTenant.RowPrice),
            .. predictions.Select(p => (p, 3L)),
        ];
        Assert.Equal(expected.Order(), charges.GroupBy(c => c.Of ?? c.Id).Select(c => (c.Key, c.Sum(e => e.Charge))).Order());
        Assert.Equal(charges.Count, charges.DistinctBy(c => c.Id).Count());
        Assert.Equal([Calls * TokensIn, Calls * TokensOut], charges.Where(c => c.Model == "mini").Select(c => c.Units));
        var usage = await client.GetUsageAsync(cancellation: Cancellation);
        Assert.Equal(charges.Sum(c => c.Charge), usage.Data.Sum(u => u.Charge));
        foreach (var instance in instances)
        {
            await instance.DisposeAsync();
        }
    }

    /// <summary>Kills instances, lets go what was held, and starts others in their place.</summary>
    private async Task KillAsync(ServiceProcess[] instances, int[] victims, Func<Task> release)
    {
        foreach (var victim in victims)
        {
            await instances[victim].KillAsync();
            await instances[victim].DisposeAsync();
        }

        await release();
        foreach (var victim in victims)
        {
            instances[victim] = await service.StartAnotherAsync();
        }
    }

    private static async Task<string> OrderAsync(
        PerCallClient client, string lines, string endpoint, string? model, WebhookReceiver receiver)
    {
        var file = await client.SendAsync("rows.jsonl", lines);
        return (await client.CreateBatchAsync(
            new() { InputFileId = file.Id, Endpoint = endpoint, Model = model, Webhook = receiver.Hook }, Cancellation)).Id;
    }

    private static async Task<string> AskAsync(PerCallClient client, int number, WebhookReceiver receiver) =>
        (await client.CreatePredictionAsync(
            new()
            {
                Task = "text-classification",
                Model = "spam",
                Input = JsonElement.Parse($"\"text {number}\""),
                Webhook = receiver.Hook,
            },
            cancellation: Cancellation)).Id;

    /// <summary>Returns the id of the prediction or batch that an event is about.</summary>
    private static string? IdOf(ReceivedWebhook webhook) => (string?)JsonNode.Parse(webhook.Body)!["data"]!["id"];

    private static string Lines(int count, Func<int, string> line) => string.Concat(Enumerable.Range(0, count).Select(i => line(i) + "\n"));

    private static IEnumerable<string> Names(int count) => Enumerable.Range(0, count).Select(i => $"row-{i}");
}
