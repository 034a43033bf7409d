using System.Text.Json;
using PerCall.Client.Wire;
using PerCall.Functions.Webhooks;

namespace PerCall.Functions.Predictions.Running;

/// <summary>
/// Ends predictions. The row first records the end and that a webhook event is due; then the event is queued; then the row records that.
/// </summary>
public sealed class PredictionEnds(PredictionStore store, PredictionMessages queue, WebhookOutbox outbox, TimeProvider time)
{
    private const string EventPrefix = "evt_";
    private const string TypePrefix = "prediction.";

    /// <summary>Writes an end into a row that is not stored yet.</summary>
    public void Conclude(PredictionRow row, PredictionState state, string? code = null, string? message = null)
    {
        var now = time.GetUtcNow();
        row.Progress = state;
        row.CompletedAt = now;
        (row.ErrorCode, row.ErrorMessage) = (code, message);
        (row.Claim, row.ClaimedUntil, row.Resent) = (null, null, 0);
        row.LookAfter = row.Webhook is null ? null : now + queue.Grace;
    }

    /// <summary>Completes an end that is stored. Can be repeated.</summary>
    public async Task FinishAsync(PredictionRow row, CancellationToken cancellation)
    {
        // The prediction has left its turn; start the next one.
        await store.Turns.AdvanceAsync(row.PartitionKey, next => queue.SendAsync(next, cancellation), cancellation);
        if (row is { Webhook: { } url, LookAfter: not null })
        {
            var body = JsonSerializer.SerializeToUtf8Bytes(
                row.ToWire(await store.OutputAsync(row, cancellation)), WireJson.Readable.Prediction);
            await outbox.QueueAsync(
                new(
                    row.Tenant, row.PartitionKey, url, EventPrefix + row.Id[PredictionRow.IdPrefix.Length..],
                    TypePrefix + row.State.ToLowerInvariant(), row.CompletedAt ?? row.CreatedAt, body), cancellation);
            row.LookAfter = null;
            await store.Rows.TryReplaceAsync(row, cancellation);
        }

        // The input is not needed any more.
        await store.DropInputAsync(row, cancellation);
    }
}
