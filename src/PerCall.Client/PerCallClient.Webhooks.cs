using PerCall.Client.Wire;

namespace PerCall.Client;

/// <content>Webhooks; all need a key of the role admin.</content>
public sealed partial class PerCallClient
{
    /// <summary>The secrets that sign now, the newest first.</summary>
    /// <exception cref="PerCallException">The service refused it.</exception>
    public Task<WebhookSecretList> GetWebhookSecretAsync(CancellationToken cancellation = default) => GetAsync("v1/webhooks/secret", WireJson.Default.WebhookSecretList, cancellation);

    /// <summary>Makes a secret in place of the present one; both sign until the overlap ends.</summary>
    /// <exception cref="PerCallException">The overlap is too long, or too many secrets sign already.</exception>
    public Task<WebhookSecretList> RotateWebhookSecretAsync(TimeSpan? overlap = null, CancellationToken cancellation = default) =>
        PostAsync("v1/webhooks/secret/rotate", new((long?)overlap?.TotalSeconds), WireJson.Default.RotateWebhookSecretRequest, WireJson.Default.WebhookSecretList, cancellation);

    /// <summary>A page of deliveries, newest first, without their attempts.</summary>
    /// <exception cref="PerCallException">The service refused it.</exception>
    public Task<WebhookDeliveryList> ListWebhookDeliveriesAsync(string? after = null, int limit = 50, CancellationToken cancellation = default) =>
        GetAsync($"v1/webhooks/deliveries?limit={limit}{After(after)}", WireJson.Default.WebhookDeliveryList, cancellation);

    /// <summary>One delivery, with its attempts.</summary>
    /// <exception cref="PerCallException">There is no such delivery.</exception>
    public Task<WebhookDelivery> GetWebhookDeliveryAsync(string id, CancellationToken cancellation = default) =>
        GetAsync($"v1/webhooks/deliveries/{Segment(id)}", WireJson.Default.WebhookDelivery, cancellation);

    /// <summary>Has a delivery sent again.</summary>
    /// <exception cref="PerCallException">There is no such delivery, or its target is disabled.</exception>
    public async Task<WebhookDelivery> RetryWebhookDeliveryAsync(string id, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"v1/webhooks/deliveries/{Segment(id)}/retry");
        return await SendAsync(request, WireJson.Default.WebhookDelivery, cancellation);
    }

    /// <summary>A page of the addresses that had events.</summary>
    /// <exception cref="PerCallException">The service refused it.</exception>
    public Task<WebhookTargetList> ListWebhookTargetsAsync(string? after = null, int limit = 50, CancellationToken cancellation = default) =>
        GetAsync($"v1/webhooks/targets?limit={limit}{After(after)}", WireJson.Default.WebhookTargetList, cancellation);

    /// <summary>Enables an address that had answered 410.</summary>
    /// <exception cref="PerCallException">There is no such target.</exception>
    public async Task<WebhookTarget> EnableWebhookTargetAsync(string id, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"v1/webhooks/targets/{Segment(id)}/enable");
        return await SendAsync(request, WireJson.Default.WebhookTarget, cancellation);
    }
}
