using Microsoft.AspNetCore.Http;
using PerCall.Client.Wire;
using PerCall.Functions.Requests;
using PerCall.Functions.Storage.Turns;
using PerCall.Functions.Tenancy;
using PerCall.Functions.Webhooks.Deliveries;
using PerCall.Functions.Webhooks.Signing;
using PerCall.Functions.Webhooks.Targets;

namespace PerCall.Functions.Webhooks;

/// <summary>Shows tenants their webhooks, and changes them on request.</summary>
public sealed class WebhookBook(
    DeliveryStore deliveries, TargetStore targets, SecretStore secrets, WebhookMessages queue, TimeProvider time)
{
    private static readonly TimeSpan MaxOverlap = TimeSpan.FromDays(30);
    private static readonly TimeSpan UsualOverlap = TimeSpan.FromDays(1);

    private readonly DeliveryStore _deliveries = deliveries;
    private readonly TargetStore _targets = targets;
    private readonly SecretStore _secrets = secrets;

    public async Task<WebhookSecretList> SecretsAsync(Caller caller, CancellationToken cancellation) =>
        ToWire(await _secrets.GetAsync(caller.Account, cancellation));

    /// <exception cref="RefusedException">The overlap is out of range, or too many secrets are active.</exception>
    public async Task<WebhookSecretList> RotateAsync(Caller caller, RotateWebhookSecretRequest request, CancellationToken cancellation)
    {
        var overlap = request.OverlapSeconds is not { } seconds ? UsualOverlap
            : seconds >= 0 && seconds <= (long)MaxOverlap.TotalSeconds ? TimeSpan.FromSeconds(seconds)
            : throw RefusedException.BadRequest(
                "invalid_overlap", $"'overlap_seconds' is {seconds}; allowed: 0 to {(long)MaxOverlap.TotalSeconds}.", "overlap_seconds");
        return ToWire(await _secrets.RotateAsync(caller.Account, overlap, cancellation));
    }

    /// <exception cref="RefusedException">The page begins after a delivery that does not exist.</exception>
    public async Task<WebhookDeliveryList> ListAsync(Caller caller, Page page, CancellationToken cancellation)
    {
        var after = page.After is null ? null : await _deliveries.Rows.FindAsync(caller.Account, page.After, cancellation)
            ?? throw RefusedException.BadRequest(
                "invalid_after", $"'after' is '{page.After}'; expected the id of an existing delivery.", "after");
        var rows = await _deliveries.Rows.ListAsync(
            caller.Account, after, DeliveryRow.Columns, cancellation).Take(page.Limit + 1).ToListAsync(cancellation);
        return new([.. rows.Take(page.Limit).Select(r => r.ToWire(whole: false))], rows.Count > page.Limit);
    }

    /// <exception cref="RefusedException">404: the tenant has no such delivery.</exception>
    public async Task<WebhookDelivery> GetAsync(Caller caller, string id, CancellationToken cancellation) =>
        (await FindAsync(caller, id, cancellation)).ToWire(whole: true);

    /// <summary>Sends a delivery again now, with the full number of attempts.</summary>
    /// <exception cref="RefusedException">
    /// 404: the tenant has no such delivery. 409: the delivery's target is disabled. 429: too many deliveries are waiting.
    /// </exception>
    public async Task<WebhookDelivery> RetryAsync(Caller caller, string id, CancellationToken cancellation)
    {
        while (true)
        {
            var row = await FindAsync(caller, id, cancellation);
            if (await _targets.FindAsync(caller.Account, row.Target, cancellation) is { DisabledAt: not null })
            {
                throw new RefusedException(
                    StatusCodes.Status409Conflict, "target_disabled",
                    $"The target '{row.Target}' is disabled, because it returned 410; enable it with POST "
                        + $"/v1/webhooks/targets/{row.Target}/enable.");
            }

            var now = time.GetUtcNow();
            (row.State, row.Due, row.LookAfter, row.Tries, row.Claim, row.Resent, row.Error) = (
                DeliveryRow.Waiting, now, now + queue.Grace, 0, null, 0, null);
            var entrance = await _deliveries.Turns.TryEnterAsync(
                row, queue.Grace, () => { }, () => { }, () => throw TooManyWait(), cancellation);
            if (entrance == Entrance.Changed)
            {
                continue;
            }

            if (entrance == Entrance.Entered)
            {
                await queue.SendAsync(row, CancellationToken.None);
            }

            await AdvanceAsync(caller, CancellationToken.None);
            return row.ToWire(whole: true);
        }
    }

    public async Task<WebhookTargetList> TargetsAsync(Caller caller, Page page, CancellationToken cancellation)
    {
        var rows = await _targets.ListAsync(caller.Account, page.After, cancellation).Take(page.Limit + 1).ToListAsync(cancellation);
        return new([.. rows.Take(page.Limit).Select(r => r.ToWire())], rows.Count > page.Limit);
    }

    /// <exception cref="RefusedException">404: the tenant has no such target.</exception>
    public async Task<WebhookTarget> EnableAsync(Caller caller, string id, CancellationToken cancellation)
    {
        while (true)
        {
            var row = await _targets.FindAsync(caller.Account, id, cancellation)
                ?? throw new RefusedException(StatusCodes.Status404NotFound, "target_not_found", $"Target '{Page.Short(id)}' not found.");
            (row.DisabledAt, row.PausedUntil, row.Failures) = (null, null, 0);
            if (await _targets.TryReplaceAsync(row))
            {
                await AdvanceAsync(caller, cancellation);
                return row.ToWire();
            }
        }
    }

    private Task<DateTimeOffset?> AdvanceAsync(Caller caller, CancellationToken cancellation) =>
        _deliveries.Turns.AdvanceAsync(caller.Account, row => queue.SendAsync(row, cancellation), cancellation);

    private static RefusedException TooManyWait() => RefusedException.TryAgain(
        StatusCodes.Status429TooManyRequests,
        "too_many_deliveries",
        "Too many deliveries are waiting; try again when some of them have been sent.",
        TimeSpan.FromSeconds(10));

    /// <summary>Finds a tenant's delivery. Another tenant's delivery looks like one that does not exist.</summary>
    private async Task<DeliveryRow> FindAsync(Caller caller, string id, CancellationToken cancellation) =>
        await _deliveries.Rows.FindAsync(caller.Account, id, cancellation)
        ?? throw new RefusedException(StatusCodes.Status404NotFound, "delivery_not_found", $"Delivery '{Page.Short(id)}' not found.");

    private static WebhookSecretList ToWire(IEnumerable<SigningSecret> secrets) =>
        new([.. secrets.Select(s => new WebhookSecret(s.Secret, s.CreatedAt, s.ExpiresAt))]);
}
