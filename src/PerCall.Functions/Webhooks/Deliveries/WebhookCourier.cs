using System.Diagnostics;
using Azure.Data.Tables;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Client.Wire;
using PerCall.Functions.Telemetry;
using PerCall.Functions.Webhooks.Sending;
using PerCall.Functions.Webhooks.Signing;
using PerCall.Functions.Webhooks.Targets;

namespace PerCall.Functions.Webhooks.Deliveries;

/// <summary>
/// Makes the attempts of deliveries. Each is claimed in the row before it is made and written there before a message for the next is sent, so that any process can die anywhere in it: what
/// follows from the row is done by whoever comes to it next, by a message or by the sweep.
/// </summary>
public sealed partial class WebhookCourier
{
    private const string Interrupted = "The instance that made this attempt has ended in the middle of it; whether it arrived is not known.";

    /// <summary>Clocks differ a little, and a message must not be lost to that.</summary>
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(2);

    private readonly DeliveryStore _deliveries;
    private readonly TargetStore _targets;
    private readonly SecretStore _secrets;
    private readonly WebhookSender _sender;
    private readonly WebhookQueue _queue;
    private readonly RetrySchedule _schedule;
    private readonly TimeSpan _claimed;
    private readonly TimeProvider _time;
    private readonly ILogger<WebhookCourier> _log;

    internal WebhookCourier(
        DeliveryStore deliveries, TargetStore targets, SecretStore secrets, WebhookSender sender, WebhookQueue queue, IOptions<WebhookOptions> options, TimeProvider time, ILogger<WebhookCourier> log)
    {
        (_deliveries, _targets, _secrets, _sender, _queue, _time, _log) = (deliveries, targets, secrets, sender, queue, time, log);
        _schedule = RetrySchedule.Parse(options.Value.Retries)!;
        _claimed = options.Value.Timeout + options.Value.ClaimMargin;
    }

    /// <summary>Makes the attempt that is due; none where none is, because another message or another instance has come before.</summary>
    public async Task DeliverAsync(string account, string id, CancellationToken cancellation)
    {
        if (await _deliveries.Rows.FindAsync(account, id, cancellation) is not { State: DeliveryRow.Waiting } row || row.Due > _time.GetUtcNow() + Early)
        {
            return;
        }

        if (await _targets.FindAsync(account, row.Target, cancellation) is { DisabledAt: not null })
        {
            End(row, DeliveryRow.Disabled);
            await _deliveries.Rows.TryReplaceAsync(row, cancellation);
            return;
        }

        Claim(row);
        if (!await _deliveries.Rows.TryReplaceAsync(row, cancellation))
        {
            return;
        }

        AttemptOutcome outcome;
        try
        {
            var body = await _deliveries.BodyAsync(row, cancellation);
            using var span = Traces.Begin("POST", ActivityKind.Client);
            outcome = await _sender.SendAsync(row.Url, id, body, await _secrets.GetAsync(account, cancellation), cancellation);
            Tell(span, row.Url, outcome);
        }
        catch
        {
            // There was no attempt, or none that ended; somebody is to make it at once.
            Unclaim(row);
            await _deliveries.Rows.TryReplaceAsync(row, CancellationToken.None);
            throw;
        }

        await RecordAsync(row, row.Claim, outcome);
    }

    /// <summary>The host alone: the rest of an address may be a secret.</summary>
    private static void Tell(Activity? span, string url, AttemptOutcome outcome)
    {
        Measures.WebhookAttempt(outcome.IsDelivered ? "delivered" : outcome.Status is null ? "unanswered" : "refused");
        span?.SetTag("http.request.method", "POST").SetTag("server.address", Uri.TryCreate(url, UriKind.Absolute, out var target) ? target.Host : null).SetTag("http.response.status_code", outcome.Status);
        if (!outcome.IsDelivered)
        {
            span?.SetTag("error.type", outcome.Status is { } status ? $"{status}" : "unanswered").SetStatus(ActivityStatusCode.Error);
        }
    }

    private void Claim(DeliveryRow row)
    {
        var now = _time.GetUtcNow();
        row.Claim = Guid.CreateVersion7().ToString("n");
        row.Due = now + _claimed;
        row.LookAfter = row.Due;
        row.Resent = 0;
        row.Tries++;
        row.AttemptCount++;
        row.Attempts = [.. row.Attempts.Select(a => a.DurationMs is null ? a with { Error = Interrupted } : a), new WebhookAttempt { Time = now }];
    }

    private void Unclaim(DeliveryRow row)
    {
        (row.Claim, row.Due) = (null, _time.GetUtcNow());
        row.Tries--;
        row.AttemptCount--;
        row.Attempts = [.. row.Attempts.SkipLast(1)];
    }

    private async Task RecordAsync(DeliveryRow row, string? claim, AttemptOutcome outcome)
    {
        var started = row.Attempts[^1].Time;
        for (var current = row; current is not null; current = await _deliveries.Rows.RefreshAsync(row, CancellationToken.None))
        {
            current.Attempts = [.. current.Attempts.Select(a => a.Time == started ? Written(a, outcome) : a)];
            var pause = Conclude(current, claim, outcome);
            IEnumerable<TableTransactionAction> beside = outcome.IsGone ? [TargetStore.Gone(current.PartitionKey, current.Url, _time.GetUtcNow())] : [];
            if (!await _deliveries.Rows.TryReplaceAsync(current, CancellationToken.None, beside))
            {
                continue;
            }

            LogAttempt(row.Id, current.AttemptCount, outcome.Status, current.State);
            if (pause is { } delay)
            {
                await _queue.SendAsync(row.PartitionKey, row.Id, delay, CancellationToken.None);
            }

            return;
        }
    }

    /// <returns>How long to wait for the next attempt; null: there is none, or another has it in hand.</returns>
    private TimeSpan? Conclude(DeliveryRow row, string? claim, AttemptOutcome outcome)
    {
        if (outcome.IsDelivered)
        {
            End(row, DeliveryRow.Delivered);
            return null;
        }

        if (row.State != DeliveryRow.Waiting || row.Claim != claim)
        {
            return null;
        }

        if (outcome.IsGone)
        {
            End(row, DeliveryRow.Disabled);
            return null;
        }

        var pause = _schedule.PauseAfter(row.Tries, outcome);
        if (pause is null)
        {
            End(row, DeliveryRow.Failed);
            return null;
        }

        row.Due = _time.GetUtcNow() + pause;
        row.LookAfter = row.Due + _queue.Grace;
        row.Claim = null;
        return pause;
    }

    private static WebhookAttempt Written(WebhookAttempt attempt, AttemptOutcome outcome) => attempt with
    {
        Status = outcome.Status,
        DurationMs = (long)outcome.Duration.TotalMilliseconds,
        Error = outcome.Error,
        Response = outcome.Response,
    };

    private static void End(DeliveryRow row, string state) => (row.State, row.Due, row.LookAfter, row.Claim) = (state, null, null, null);

    [LoggerMessage(Level = LogLevel.Information, Message = "Webhook {Delivery}: attempt {Attempt} came to {Status}; {State}")]
    private partial void LogAttempt(string delivery, int attempt, int? status, string state);
}
