using System.Text.Json;
using PerCall.Client.Wire;
using PerCall.Functions.Webhooks;

namespace PerCall.Functions.Predictions.Running;

/// <summary>
/// What all ends of predictions have in common. The row says first how it ended and that this is still to be told; then it is told; then
/// the row says so.
/// </summary>
public sealed class PredictionEnds(PredictionStore store, PredictionQueue queue, WebhookOutbox outbox, TimeProvider time)
{
    private const string EventPrefix = "evt_";
    private const string TypePrefix = "prediction.";

    /// <summary>Writes an end into a row that is yet to be stored.</summary>
    public void Conclude(PredictionRow row, PredictionState state, string? code = null, string? message = null)
    {
        var now = time.GetUtcNow();
        row.Progress = state;
        row.CompletedAt = now;
        (row.ErrorCode, row.ErrorMessage) = (code, message);
        (row.Claim, row.ClaimedUntil, row.Resent) = (null, null, 0);
        row.LookAfter = row.Webhook is null ? null : now + queue.Grace;
    }

    /// <summary>Does what follows from an end that is stored. Can be done any number of times.</summary>
    public async Task FinishAsync(PredictionRow row, CancellationToken cancellation)
    {
        // It has left its turn.
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

        // Nobody needs it any more.
        await store.DropInputAsync(row, cancellation);
    }
}
