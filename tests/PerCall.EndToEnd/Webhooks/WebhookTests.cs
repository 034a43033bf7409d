using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Azure.Data.Tables;
using Azure.Storage.Queues;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.EndToEnd.Batches;
using PerCall.EndToEnd.Charging;
using PerCall.Testing;
using PerCall.Testing.Webhooks;
using Xunit;

namespace PerCall.EndToEnd.Webhooks;

public sealed class WebhookTests(DevelopmentService service) : IClassFixture<DevelopmentService>, IAsyncDisposable
{
    private readonly WebhookReceiver _receiver = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Hook => $"http://localhost:{_receiver.Address.Port}/hook?token=planted-4422";

    public ValueTask DisposeAsync() => _receiver.DisposeAsync();

    [Theory]
    [InlineData("spam", "succeeded")]
    [InlineData("digits", "failed")]
    public async Task Prediction_ThatEnds_IsToldSigned(string model, string status)
    {
        using var tenant = await TestTenant.CreateAsync(service);

        var prediction = await PredictAsync(tenant.Client, model);
        var received = await ReceivedAsync(1);

        Assert.Equal(status, prediction.Status);
        Assert.Equal("/hook?token=planted-4422", received.Path);
        using var body = JsonDocument.Parse(received.Body);
        Assert.Equal($"prediction.{status}", body.RootElement.GetProperty("type").GetString());
        Assert.Equal(prediction.CompletedAt, body.RootElement.GetProperty("timestamp").GetDateTimeOffset());
        var told = body.RootElement.GetProperty("data").Deserialize(WireJson.Default.Prediction)!;
        Assert.Equal(
            JsonSerializer.Serialize(prediction, WireJson.Default.Prediction), JsonSerializer.Serialize(told, WireJson.Default.Prediction));
        Assert.True(IsSigned(received, (await tenant.Client.GetWebhookSecretAsync(Cancellation)).Data.Single().Secret));
        var delivery = await DeliveredAsync(tenant.Client, received.Headers["webhook-id"]);
        Assert.Equal((204, 1), (delivery.Attempts!.Single().Status, delivery.AttemptCount));
        Assert.Equal(
            (Hook, delivery.Target),
            (delivery.Url, (await tenant.Client.ListWebhookTargetsAsync(cancellation: Cancellation)).Data.Single().Id));
    }

    [Fact]
    public async Task Batch_ThatEnds_IsToldSignedAndOnce()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var file = await tenant.Client.SendAsync("rows.jsonl", "{\"input\": \"one\"}\n{\"input\": \"two\"}\n{\"cut\n");

        var ordered = await tenant.Client.CreateBatchAsync(
            new() { InputFileId = file.Id, Endpoint = BatchCalls.Text, Model = "spam", Webhook = Hook }, Cancellation);
        var ended = await tenant.Client.EndAsync(ordered.Id);
        var received = await ReceivedAsync(1);

        using var body = JsonDocument.Parse(received.Body);
        Assert.Equal("batch.completed", body.RootElement.GetProperty("type").GetString());
        var told = body.RootElement.GetProperty("data").Deserialize(WireJson.Default.Batch)!;
        Assert.Equal(
            (ordered.Id, "completed", new BatchCounts(3, 2, 1), ended.OutputFileId, ended.ErrorFileId),
            (told.Id, told.Status, told.RequestCounts, told.OutputFileId, told.ErrorFileId));
        Assert.Equal(2 * TestTenant.RowPrice, told.Cost!.Charge);
        Assert.True(IsSigned(received, (await tenant.Client.GetWebhookSecretAsync(Cancellation)).Data.Single().Secret));
        var delivery = await DeliveredAsync(tenant.Client, received.Headers["webhook-id"]);
        // When the batch is closed and no message is left, nobody sends another event of it, or makes another attempt.
        await Eventually.HoldsAsync(
            () => IsClosedAsync(tenant, ordered.Id), "the batch is closed, and all webhooks are sent", service.Process);
        Assert.Single(_receiver.Received);
        Assert.Equal([delivery.Id], (await tenant.Client.ListWebhookDeliveriesAsync(cancellation: Cancellation)).Data.Select(d => d.Id));
    }

    [Fact]
    public async Task Receiver_ThatFailsAtFirst_GetsItAgain()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        _receiver.Answer = (_, response) =>
        {
            response.StatusCode = _receiver.Received.Count < 3 ? 500 : 200;
            return Task.CompletedTask;
        };

        await PredictAsync(tenant.Client, "spam");
        await ReceivedAsync(3);

        var delivery = await DeliveredAsync(
            tenant.Client, Assert.Single(_receiver.Received.Select(r => r.Headers["webhook-id"]).Distinct()));
        Assert.Equal([500, 500, 200], delivery.Attempts!.Select(a => a.Status ?? 0));
    }

    [Fact]
    public async Task Receiver_ThatIsGone_GetsNothingUntilItIsEnabled()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        _receiver.AnswerWith(410);
        await PredictAsync(tenant.Client, "spam");
        await Eventually.HoldsAsync(
            async () =>
                (await tenant.Client.ListWebhookTargetsAsync(cancellation: Cancellation)).Data is [{ Status: "disabled" }],
                "the target is disabled", service.Process);

        await PredictAsync(tenant.Client, "spam");
        await Eventually.HoldsAsync(
            async () =>
                (await tenant.Client.ListWebhookDeliveriesAsync(cancellation: Cancellation)).Data
                    is [{ Status: "disabled" }, { Status: "disabled" }],
            "both are disabled", service.Process);
        Assert.Single(_receiver.Received);
        var (target, delivery) = (
            (await tenant.Client.ListWebhookTargetsAsync(cancellation: Cancellation)).Data[0],
            (await tenant.Client.ListWebhookDeliveriesAsync(cancellation: Cancellation)).Data[0]);
        Assert.Equal(
            "target_disabled",
            (await Assert.ThrowsAsync<PerCallException>(
                () => tenant.Client.RetryWebhookDeliveryAsync(delivery.Id, Cancellation))).Problem!.Code);

        _receiver.AnswerWith(200);
        Assert.Equal("enabled", (await tenant.Client.EnableWebhookTargetAsync(target.Id, Cancellation)).Status);
        Assert.Equal("waiting", (await tenant.Client.RetryWebhookDeliveryAsync(delivery.Id, Cancellation)).Status);

        Assert.Equal(200, Assert.Single((await DeliveredAsync(tenant.Client, delivery.Id)).Attempts!).Status);
    }

    [Fact]
    public async Task Secret_Rotated_BothSign()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var old = (await tenant.Client.GetWebhookSecretAsync(Cancellation)).Data.Single().Secret;

        var rotated = (await tenant.Client.RotateWebhookSecretAsync(TimeSpan.FromHours(1), Cancellation)).Data;
        await PredictAsync(tenant.Client, "spam");
        var received = await ReceivedAsync(1);

        Assert.Equal(2, received.Headers["webhook-signature"].Split(' ').Length);
        Assert.All([rotated[0].Secret, old], secret => Assert.True(IsSigned(received, secret)));
        var refusal = await Assert.ThrowsAsync<PerCallException>(
            () => tenant.Client.RotateWebhookSecretAsync(TimeSpan.FromDays(31), Cancellation));
        Assert.Equal(
            (HttpStatusCode.BadRequest, "invalid_overlap", "overlap_seconds"),
            (refusal.Status, refusal.Problem!.Code, refusal.Problem.Param));
    }

    [Fact]
    public async Task Log_OfAllThis_HoldsNeitherSecretsNorAddresses()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        _receiver.AnswerWith(500);
        var secret = (await tenant.Client.GetWebhookSecretAsync(Cancellation)).Data.Single().Secret;
        await PredictAsync(tenant.Client, "spam");
        await ReceivedAsync(3);
        await service.Process.WaitForLineAsync(
            l =>
                l.Contains(_receiver.Received[0].Headers["webhook-id"], StringComparison.Ordinal) && l.Contains(
                    "failed", StringComparison.Ordinal));

        Assert.All(
            ["planted-4422", secret, "a planted text"], text =>
                Assert.DoesNotContain(service.Process.Lines, l => l.Contains(text, StringComparison.Ordinal)));
    }

    /// <summary>Whether a batch is closed, and no message is left but that of the next round of chores.</summary>
    private async Task<bool> IsClosedAsync(TestTenant tenant, string batch)
    {
        TableClient Table(string name) => new(service.Azurite.KeptConnectionString, name);
        var queue = new QueueClient(service.Azurite.ConnectionString, "work");
        var left = (await queue.GetPropertiesAsync(Cancellation)).Value.ApproximateMessagesCount;
        // A webhook's message can be hidden like that of the round, so both are counted. The clock's row tells whether a round is due.
        var clock = await Table("upkeep").GetEntityIfExistsAsync<TableEntity>("clock", "clock", cancellationToken: Cancellation);
        var rounds = clock is { HasValue: true, Value: { } row } && row.GetDateTimeOffset("Due") is not null ? 1 : 0;
        return left == rounds && !await Table("jobs").QueryAsync<TableEntity>(
            e => e.PartitionKey == "~open" && e.RowKey == $"{tenant.Account}~{batch}",
            cancellationToken: Cancellation).AnyAsync(Cancellation);
    }

    private static bool IsSigned(ReceivedWebhook received, string secret)
    {
        // As docs/webhooks.md says it.
        var signed = Encoding.UTF8.GetBytes(
            $"{received.Headers["webhook-id"]}.{received.Headers["webhook-timestamp"]}.{Encoding.UTF8.GetString(received.Body)}");
        var expected = $"v1,{Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret["whsec_".Length..]), signed))}";
        var age = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - long.Parse(
            received.Headers["webhook-timestamp"], CultureInfo.InvariantCulture);
        return received.Headers["webhook-signature"].Split(' ').Contains(expected) && Math.Abs(age) < 300;
    }

    private Task<Prediction> PredictAsync(PerCallClient client, string model) => client.CreatePredictionAsync(
        new()
        {
            Task = model == "spam" ? "text-classification" : "image-classification",
            Model = model,
            Input = JsonElement.Parse(model == "spam" ? "\"a planted text\"" : "\"AAAA\""),
            Webhook = Hook,
        },
        TimeSpan.FromSeconds(60),
        cancellation: Cancellation);

    private async Task<ReceivedWebhook> ReceivedAsync(int count)
    {
        await Eventually.HoldsAsync(() => Task.FromResult(_receiver.Received.Count >= count), $"{count} webhooks arrive", service.Process);
        return _receiver.Received[count - 1];
    }

    private async Task<WebhookDelivery> DeliveredAsync(PerCallClient client, string id)
    {
        WebhookDelivery? delivery = null;
        await Eventually.HoldsAsync(
            async () =>
                (delivery = await client.GetWebhookDeliveryAsync(id, Cancellation)).Status == "delivered", $"{id} is delivered",
                service.Process);
        return delivery!;
    }
}
