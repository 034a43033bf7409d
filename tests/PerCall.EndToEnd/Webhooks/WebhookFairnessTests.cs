using System.Text.Json;
using PerCall.Client.Wire;
using PerCall.EndToEnd.Charging;
using PerCall.Testing;
using PerCall.Testing.Webhooks;
using Xunit;

namespace PerCall.EndToEnd.Webhooks;

public sealed class WebhookFairnessTests(DevelopmentService service) : IClassFixture<DevelopmentService>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Deliver_WhileAnotherTenantsReceiverAnswersNothing_Arrives()
    {
        await using WebhookReceiver silent = new(), ready = new();
        var held = new TaskCompletionSource();
        silent.Answer = (_, _) => held.Task;
        using var slow = await TestTenant.CreateAsync(service);
        using var other = await TestTenant.CreateAsync(service);
        for (var i = 0; i < 12; i++)
        {
            await PredictAsync(slow, silent);
        }

        await Eventually.HoldsAsync(
            () => Task.FromResult(silent.Received.Count == 2), "two of the slow tenant's deliveries are held", service.Process);
        await PredictAsync(other, ready);
        await Eventually.HoldsAsync(
            () => Task.FromResult(ready.Received.Count == 1), "the other tenant's delivery arrives", service.Process);

        // All that the receiver had before, it still holds.
        var deliveries = (await slow.Client.ListWebhookDeliveriesAsync(limit: 50, cancellation: Cancellation)).Data;
        Assert.Equal((12, 2), (deliveries.Count(d => d.Status == "waiting"), silent.Received.Count));
        held.SetResult();
        await Eventually.HoldsAsync(
            async () => (await slow.Client.ListWebhookDeliveriesAsync(limit: 50, cancellation: Cancellation)).Data
                .All(d => d.Status == "delivered"),
            "the slow tenant's are delivered, too",
            service.Process);
    }

    private static Task<Prediction> PredictAsync(TestTenant tenant, WebhookReceiver receiver) => tenant.Client.CreatePredictionAsync(
        new()
        {
            Task = "text-classification",
            Model = "spam",
            Input = JsonElement.Parse("\"a text\""),
            Webhook = receiver.Hook,
        },
        TimeSpan.FromSeconds(60),
        cancellation: Cancellation);
}
