using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Functions.Requests;
using PerCall.Functions.Tenancy.Tenants;
using PerCall.Functions.Webhooks.Deliveries;
using PerCall.Functions.Webhooks.Sending;
using PerCall.Functions.Webhooks.Targets;

namespace PerCall.Functions.Webhooks;

/// <summary>
/// Accepts events from other slices. After <see cref="QueueAsync"/> has returned, the event is either delivered or its failure is in the
/// log. Until then, the caller must retry.
/// </summary>
public sealed partial class WebhookOutbox(
    TargetRules rules,
    DeliveryStore deliveries,
    TargetStore targets,
    WebhookMessages queue,
    TenantTable tenants,
    IOptions<WebhookOptions> options,
    TimeProvider time,
    ILogger<WebhookOutbox> log)
{
    /// <param name="url">The URL as the tenant gave it.</param>
    /// <param name="param">The name of the request's parameter, for the error.</param>
    /// <exception cref="RefusedException">400: events cannot be sent to this URL.</exception>
    public void Check(string url, string param)
    {
        if (rules.FaultOf(url) is { } fault)
        {
            throw RefusedException.BadRequest(
                "invalid_webhook", $"'{param}' is not a valid webhook address; allowed: https to a host on the public internet. {fault}",
                param);
        }
    }

    /// <summary>Queues an event. Repeated calls with the same event id make one delivery. Nothing is queued for an erased tenant.</summary>
    public async Task QueueAsync(WebhookEvent webhook, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var row = new DeliveryRow
        {
            PartitionKey = webhook.Account,
            Id = webhook.Id,
            Type = webhook.Type,
            Url = webhook.Url,
            Target = TargetRow.IdOf(webhook.Url),
            CreatedAt = now,
            Due = now,
            LookAfter = now + queue.Grace,
        };
        await deliveries.KeepBodyAsync(row, BodyOf(webhook), cancellation);
        void Drop() => row.Drop($"At most {options.Value.MaxWaiting} deliveries of a tenant can wait, so this one was not sent.");
        var isNew = await deliveries.Turns.TryAddAsync(row, Drop, [TargetStore.Seen(webhook.Account, webhook.Url, now)], [], cancellation);
        if (isNew && row.State == DeliveryRow.Dropped)
        {
            LogDropped(row.Id, webhook.Account);
        }

        // An erasure that began after the event happened may have searched for rows before this row existed.
        if (await tenants.FindAsync(webhook.Tenant,
            cancellation) is { Status: not TenantRow.Erasing } tenant && tenant.Account == webhook.Account)
        {
            // A waiting delivery gets its message with its turn. One that existed already may have missed its message.
            if (!isNew || row is { State: DeliveryRow.Waiting, Place: null })
            {
                await queue.SendAsync(row, cancellation);
            }

            await deliveries.Turns.AdvanceAsync(webhook.Account, next => queue.SendAsync(next, cancellation), cancellation);
        }
        else
        {
            await TakeBackAsync(webhook.Account, webhook.Id, row.Target, cancellation);
        }
    }

    private async Task TakeBackAsync(string account, string id, string target, CancellationToken cancellation)
    {
        if (await deliveries.Rows.FindAsync(account, id, cancellation) is { } row)
        {
            await deliveries.RemoveAsync(row, cancellation);
        }

        if (await targets.FindAsync(account, target, cancellation) is { } seen)
        {
            await targets.TryRemoveAsync(seen, cancellation);
        }

        await deliveries.Turns.ForgetAsync(account, cancellation);
    }

    private static byte[] BodyOf(WebhookEvent webhook)
    {
        using var stream = new MemoryStream(webhook.Data.Length + 256);
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, webhook.Type);
            json.WriteString("timestamp"u8, webhook.Time.UtcDateTime);
            json.WritePropertyName("data"u8);
            json.WriteRawValue(webhook.Data);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Dropped webhook {Delivery} of {Account}: too many deliveries are waiting")]
    private partial void LogDropped(string delivery, string account);
}
