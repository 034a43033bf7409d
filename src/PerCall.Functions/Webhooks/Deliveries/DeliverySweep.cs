using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Functions.Webhooks.Targets;

namespace PerCall.Functions.Webhooks.Deliveries;

/// <summary>Sends again what has no message any more, and removes what is no longer kept.</summary>
public sealed partial class DeliverySweep
{
    private const int MostDoublings = 6;

    private readonly DeliveryStore _deliveries;
    private readonly TargetStore _targets;
    private readonly WebhookQueue _queue;
    private readonly TimeSpan _kept;
    private readonly TimeSpan _maxWait;
    private readonly TimeProvider _time;
    private readonly ILogger<DeliverySweep> _log;

    public DeliverySweep(DeliveryStore deliveries, TargetStore targets, WebhookQueue queue, IOptions<WebhookOptions> options, TimeProvider time, ILogger<DeliverySweep> log) =>
        (_deliveries, _targets, _queue, _kept, _maxWait, _time, _log) = (deliveries, targets, queue, options.Value.Kept, options.Value.MaxWait, time, log);

    public Task ResendAsync(CancellationToken cancellation) => ForEachAccountAsync(account => ResendAsync(account, cancellation), cancellation);

    public Task ExpireAsync(CancellationToken cancellation) => ForEachAccountAsync(account => ExpireAsync(account, cancellation), cancellation);

    private async Task ResendAsync(string account, CancellationToken cancellation)
    {
        // Turns that were not given on, because an instance ended or they have lapsed.
        await _deliveries.Turns.AdvanceAsync(account, row => _queue.SendAsync(row, cancellation), cancellation);
        var now = _time.GetUtcNow();
        await foreach (var row in _deliveries.Rows.OverdueAsync(account, now, cancellation))
        {
            // Its message may be there all the same, behind many others: each further one comes after twice the time.
            row.LookAfter = now + (_queue.Grace * (1 << Math.Min(row.Resent, MostDoublings)));
            row.Resent++;
            if (await _deliveries.Rows.TryReplaceAsync(row, cancellation))
            {
                await _queue.SendAsync(account, row.Id, TimeSpan.Zero, cancellation);
                LogResent(row.Id);
            }
        }
    }

    private async Task ExpireAsync(string account, CancellationToken cancellation)
    {
        await foreach (var row in _deliveries.Turns.WaitingSinceAsync(account, _time.GetUtcNow() - _maxWait, cancellation))
        {
            row.End(DeliveryRow.Failed, $"It has waited in line for {_maxWait}, which is as long as it may.");
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

        if (!await _deliveries.Rows.AnyAsync(account, cancellation))
        {
            await _deliveries.Turns.ForgetAsync(account, cancellation);
            await _deliveries.Rows.Accounts.ForgetAsync(account, cancellation);
        }
    }

    private async Task ForEachAccountAsync(Func<string, Task> step, CancellationToken cancellation)
    {
        await foreach (var account in _deliveries.Rows.Accounts.ListAsync(cancellation))
        {
            try
            {
                await step(account);
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested)
            {
                // The others are not to wait for it.
                LogFailed(e, account);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Webhook {Delivery} had no message, and has one again")]
    private partial void LogResent(string delivery);

    [LoggerMessage(Level = LogLevel.Error, Message = "Webhooks of {Account} could not be looked after; this is tried again")]
    private partial void LogFailed(Exception exception, string account);
}
