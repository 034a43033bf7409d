using System.Diagnostics;
using Azure.Data.Tables;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Client.Wire;
using PerCall.Functions.Storage.Turns;
using PerCall.Functions.Telemetry;
using PerCall.Functions.Webhooks.Sending;
using PerCall.Functions.Webhooks.Signing;
using PerCall.Functions.Webhooks.Targets;

namespace PerCall.Functions.Webhooks.Deliveries;

/// <summary>
/// Makes the attempts of deliveries. Each attempt is claimed in the row before it is made, and recorded there before the next message is
/// sent. A process can therefore die at any point: the next message, or the sweep, continues from the row.
/// </summary>
public sealed partial class WebhookCourier
{
    private const string Interrupted = "The instance stopped during this attempt, so it is unknown whether the event arrived.";

    /// <summary>Tolerates clock differences, so that a message that arrives slightly early is not lost.</summary>
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(2);

    private readonly DeliveryStore _deliveries;
    private readonly TargetStore _targets;
    private readonly SecretStore _secrets;
    private readonly WebhookSender _sender;
    private readonly WebhookMessages _queue;
    private readonly DeliveryRuns _runs;
    private readonly RetrySchedule _schedule;
    private readonly TimeSpan _claimed;
    private readonly TimeProvider _time;
    private readonly ILogger<WebhookCourier> _log;

    public WebhookCourier(
        DeliveryStore deliveries,
        TargetStore targets,
        SecretStore secrets,
        WebhookSender sender,
        WebhookMessages queue,
        DeliveryRuns runs,
        IOptions<WebhookOptions> options,
        TimeProvider time,
        ILogger<WebhookCourier> log)
    {
        (_deliveries, _targets, _secrets, _sender, _queue, _runs, _time, _log) = (
            deliveries, targets, secrets, sender, queue, runs, time, log);
        _schedule = RetrySchedule.Parse(options.Value.Retries)!;
        _claimed = options.Value.Timeout + options.Value.ClaimMargin;
    }

    /// <summary>
    /// Makes the attempt that is due. Does nothing if another message or instance has made it, or if the delivery must wait for its turn.
    /// </summary>
    public async Task DeliverAsync(string account, string id, CancellationToken cancellation)
    {
        if (await ClaimAsync(account, id, cancellation) is { } row)
        {
            await AttemptAsync(row, cancellation);
        }
    }

    /// <summary>
    /// Starts the attempt that is due, and returns while it runs, so that message processing does not wait for a receiver.
    /// </summary>
    /// <returns>False: this instance has no place for another attempt. Another instance may have one.</returns>
    public async Task<bool> BeginAsync(string account, string id, CancellationToken cancellation)
    {
        if (_runs.TryTake(account) is not { } place)
        {
            return false;
        }

        DeliveryRow? row = null;
        try
        {
            row = await ClaimAsync(account, id, cancellation);
        }
        finally
        {
            if (row is null)
            {
                place.Dispose();
            }
        }

        if (row is not null)
        {
            _runs.Run(place, stop => AttemptAsync(row, stop));
        }

        return true;
    }

    /// <summary>
    /// Drops a message that could not be processed, usually because storage was unavailable. Its delivery is still in its row, and the
    /// sweep sends another message.
    /// </summary>
    public Task GiveUpAsync(string id)
    {
        LogGivenUp(id);
        return Task.CompletedTask;
    }

    /// <returns>The claimed delivery, whose attempt the caller must make; null: no attempt is due.</returns>
    private async Task<DeliveryRow?> ClaimAsync(string account, string id, CancellationToken cancellation)
    {
        if (TargetStore.IsId(id))
        {
            await AdvanceAsync(account, cancellation);
            return null;
        }

        while (await _deliveries.Rows.FindAsync(account, id, cancellation) is { State: DeliveryRow.Waiting } row && !(
            row.Due > _time.GetUtcNow() + Early))
        {
            if (await _targets.FindAsync(account, row.Target, cancellation) is { DisabledAt: not null })
            {
                row.End(DeliveryRow.Disabled);
                if (await _deliveries.Turns.TryLeaveAsync(row, cancellation))
                {
                    await AdvanceAsync(account, cancellation);
                    return null;
                }

                continue;
            }

            switch (await _deliveries.Turns.TryEnterAsync(
                row, _claimed, () => Claim(row), () => row.Claim = null, full: null, cancellation))
            {
                case Entrance.Entered:
                    return row;
                case Entrance.Waits:
                    // Another delivery may have the turn; or a turn is free, and this delivery is first in line.
                    await AdvanceAsync(account, cancellation);
                    return null;
            }
        }

        return null;
    }

    private async Task AttemptAsync(DeliveryRow row, CancellationToken cancellation)
    {
        AttemptOutcome outcome;
        try
        {
            var body = await _deliveries.BodyAsync(row, cancellation);
            using var span = Traces.Begin("POST", ActivityKind.Client);
            outcome = await _sender.SendAsync(row.Url, row.Id, body, await _secrets.GetAsync(row.PartitionKey, cancellation), cancellation);
            Tell(span, row.Url, outcome);
        }
        catch
        {
            // The attempt was not made or did not finish, so it must be made again: at once if this instance is stopping, else later, when
            // storage may work again.
            Unclaim(row);
            await _deliveries.Rows.TryReplaceAsync(row, CancellationToken.None);
            await _queue.SendAsync(
                row.PartitionKey, row.Id, cancellation.IsCancellationRequested ? TimeSpan.Zero : _queue.Grace, CancellationToken.None);
            throw;
        }

        await RecordAsync(row, row.Claim, outcome);
    }

    private Task<DateTimeOffset?> AdvanceAsync(string account, CancellationToken cancellation) =>
        _deliveries.Turns.AdvanceAsync(account, row => _queue.SendAsync(row, cancellation), cancellation);

    /// <summary>Records the outcome in metrics and the trace. Includes only the host, because the rest of a URL may be secret.</summary>
    private static void Tell(Activity? span, string url, AttemptOutcome outcome)
    {
        Measures.WebhookAttempt(outcome.IsDelivered ? "delivered" : outcome.Status is null ? "unanswered" : "refused");
        span?.SetTag("http.request.method", "POST").SetTag(
            "server.address", Uri.TryCreate(url, UriKind.Absolute, out var target) ? target.Host : null).SetTag(
                "http.response.status_code", outcome.Status);
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
        row.Attempts = [.. row.Attempts.Select(
            a => a.DurationMs is null ? a with { Error = Interrupted } : a), new WebhookAttempt { Time = now }];
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
            var isOurs = current.Claim == claim;
            var pause = Conclude(current, claim, outcome);
            var (beside, closed) = await OfTargetAsync(current, outcome);
            // If another instance has taken the delivery over, that instance has the turn.
            if (!await (isOurs || current.State != DeliveryRow.Waiting
                ? _deliveries.Turns.TryLeaveAsync(current, CancellationToken.None, beside)
                : _deliveries.Rows.TryReplaceAsync(current, CancellationToken.None, beside)))
            {
                continue;
            }

            LogAttempt(row.Id, current.AttemptCount, outcome.Status, current.State);
            if (pause is { } delay)
            {
                await _queue.SendAsync(row.PartitionKey, row.Id, delay, CancellationToken.None);
            }

            if (closed is { } pausing)
            {
                LogPaused(current.Target, current.PartitionKey, pausing);
                await _queue.WakeAsync(row.PartitionKey, current.Target, pausing + Early, CancellationToken.None);
            }

            await AdvanceAsync(row.PartitionKey, CancellationToken.None);
            return;
        }
    }

    /// <returns>The changes of the target's row, and the length of a pause that begins now; null: no pause begins.</returns>
    private async Task<(
        IReadOnlyList<TableTransactionAction> Beside, TimeSpan? Pause)> OfTargetAsync(DeliveryRow row, AttemptOutcome outcome)
    {
        var now = _time.GetUtcNow();
        if (outcome.IsGone)
        {
            return ([TargetStore.Gone(row.PartitionKey, row.Url, now)], null);
        }

        // A target's row is written with its first event. It is missing only if it was deleted in the meantime.
        if (await _targets.FindAsync(row.PartitionKey, row.Target, CancellationToken.None) is not { } target)
        {
            return ([], null);
        }

        if (!outcome.IsTargetsFault)
        {
            return (target.Failures == 0 ? [] : [TargetStore.Breaks(target, 0, null)], null);
        }

        var failures = target.Failures + 1;
        var pause = TargetBreaker.PauseAfter(failures);
        return ([TargetStore.Breaks(target, failures, now + pause)], pause);
    }

    /// <returns>
    /// The pause before the next attempt; null: there is no next attempt, or another instance has taken the delivery over.
    /// </returns>
    private TimeSpan? Conclude(DeliveryRow row, string? claim, AttemptOutcome outcome)
    {
        if (outcome.IsDelivered)
        {
            row.End(DeliveryRow.Delivered);
            return null;
        }

        if (row.State != DeliveryRow.Waiting || row.Claim != claim)
        {
            return null;
        }

        if (outcome.IsGone)
        {
            row.End(DeliveryRow.Disabled);
            return null;
        }

        var pause = _schedule.PauseAfter(row.Tries, outcome);
        if (pause is null)
        {
            row.End(DeliveryRow.Failed);
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

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Target {Target} of {Account} failed several times in a row; pausing deliveries to it for {Pause}")]
    private partial void LogPaused(string target, string account, TimeSpan pause);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Failed to process a message of webhook {Delivery}; the sweep retries its delivery")]
    private partial void LogGivenUp(string delivery);

    [LoggerMessage(Level = LogLevel.Information, Message = "Webhook {Delivery}: attempt {Attempt} ended with {Status}; {State}")]
    private partial void LogAttempt(string delivery, int attempt, int? status, string state);
}
