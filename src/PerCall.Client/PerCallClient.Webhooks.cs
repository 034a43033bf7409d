using PerCall.Client.Wire;

namespace PerCall.Client;

/// <content>Webhooks. All calls require a key with the role admin.</content>
public sealed partial class PerCallClient
{
    /// <summary>Gets the current signing secrets, newest first.</summary>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<WebhookSecretList> GetWebhookSecretAsync(CancellationToken cancellation = default) =>
        GetAsync("v1/webhooks/secret", WireJson.Default.WebhookSecretList, cancellation);

    /// <summary>Creates a new signing secret. The old and the new secret both sign until the overlap ends.</summary>
    /// <exception cref="PerCallException">The overlap is too long, or there are too many signing secrets.</exception>
    public Task<WebhookSecretList> RotateWebhookSecretAsync(TimeSpan? overlap = null, CancellationToken cancellation = default) =>
        PostAsync(
            "v1/webhooks/secret/rotate", new((long?)overlap?.TotalSeconds), WireJson.Default.RotateWebhookSecretRequest,
            WireJson.Default.WebhookSecretList, cancellation);

    /// <summary>Lists a page of deliveries, newest first, without their attempts.</summary>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<WebhookDeliveryList> ListWebhookDeliveriesAsync(
        string? after = null, int limit = 50, CancellationToken cancellation = default) =>
        GetAsync($"v1/webhooks/deliveries?limit={limit}{After(after)}", WireJson.Default.WebhookDeliveryList, cancellation);

    /// <summary>Gets a delivery with its attempts.</summary>
    /// <exception cref="PerCallException">There is no such delivery.</exception>
    public Task<WebhookDelivery> GetWebhookDeliveryAsync(string id, CancellationToken cancellation = default) =>
        GetAsync($"v1/webhooks/deliveries/{Segment(id)}", WireJson.Default.WebhookDelivery, cancellation);

    /// <summary>Sends a delivery again.</summary>
    /// <exception cref="PerCallException">There is no such delivery, or its target is disabled.</exception>
    public async Task<WebhookDelivery> RetryWebhookDeliveryAsync(string id, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"v1/webhooks/deliveries/{Segment(id)}/retry");
        return await SendAsync(request, WireJson.Default.WebhookDelivery, cancellation);
    }

    /// <summary>Lists a page of addresses that received events.</summary>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<WebhookTargetList> ListWebhookTargetsAsync(
        string? after = null, int limit = 50, CancellationToken cancellation = default) =>
        GetAsync($"v1/webhooks/targets?limit={limit}{After(after)}", WireJson.Default.WebhookTargetList, cancellation);

    /// <summary>Enables an address that returned 410.</summary>
    /// <exception cref="PerCallException">There is no such target.</exception>
    public async Task<WebhookTarget> EnableWebhookTargetAsync(string id, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"v1/webhooks/targets/{Segment(id)}/enable");
        return await SendAsync(request, WireJson.Default.WebhookTarget, cancellation);
    }
}
