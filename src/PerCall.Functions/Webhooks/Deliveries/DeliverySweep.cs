using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Functions.Storage.Turns;
using PerCall.Functions.Webhooks.Targets;

namespace PerCall.Functions.Webhooks.Deliveries;

/// <summary>Sends messages again that were lost, and deletes expired deliveries.</summary>
public sealed class DeliverySweep
{
    private readonly DeliveryStore _deliveries;
    private readonly TargetStore _targets;
    private readonly TimeSpan _kept;
    private readonly TimeSpan _maxWait;
    private readonly TimeProvider _time;
    private readonly TurnSweep<DeliveryRow> _sweep;

    public DeliverySweep(
        DeliveryStore deliveries, TargetStore targets, WebhookMessages queue,
        IOptions<WebhookOptions> options, TimeProvider time, ILogger<DeliverySweep> log) =>
        (_deliveries, _targets, _kept, _maxWait, _time, _sweep) = (
            deliveries,
            targets,
            options.Value.Kept,
            options.Value.MaxWait,
            time,
            new("Webhook", deliveries.Rows, deliveries.Turns, queue, time, log));

    /// <returns>When the next check is due; null: nothing is open.</returns>
    public Task<DateTimeOffset?> ResendAsync(CancellationToken cancellation) =>
        _sweep.ResendAsync(_ => Task.FromResult(false), cancellation);

    public Task ExpireAsync(CancellationToken cancellation) =>
        _sweep.ExpireAsync(account => ExpireAsync(account, cancellation), cancellation);

    private async Task ExpireAsync(string account, CancellationToken cancellation)
    {
        await foreach (var row in _deliveries.Turns.WaitingSinceAsync(account, _time.GetUtcNow() - _maxWait, cancellation))
        {
            row.End(DeliveryRow.Failed, $"The delivery waited for {_maxWait}, the maximum, and was not sent.");
            await _deliveries.Turns.TryLeaveAsync(row, cancellation);
        }

        var end = _time.GetUtcNow() - _kept;
        await foreach (var row in _deliveries.Rows.BeforeAsync(account, end, cancellation))
        {
            if (row.State != DeliveryRow.Waiting)
            {
                await _deliveries.RemoveAsync(row, cancellation);
            }
        }

        await foreach (var target in _targets.ListAsync(account, after: null, cancellation))
        {
            if (target.LastEventAt < end)
            {
                await _targets.TryRemoveAsync(target, cancellation);
            }
        }
    }
}
