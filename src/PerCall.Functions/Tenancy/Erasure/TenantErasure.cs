using Azure;
using PerCall.Client.Wire;
using PerCall.Functions.Audit;
using PerCall.Functions.Storage.Erasure;
using PerCall.Functions.Tenancy.Callers;
using PerCall.Functions.Tenancy.Keys;
using PerCall.Functions.Tenancy.Tenants;

namespace PerCall.Functions.Tenancy.Erasure;

/// <summary>
/// Removes a tenant and all data that slices store for it, except what they have to keep (<see cref="ITenantData"/>). The tenant's own row
/// is removed last, so repeating the request completes an interrupted erasure.
/// </summary>
public sealed class TenantErasure(
    TenantBook book, TenantTable tenants, KeyTable keys, KeyErasure keyErasure, AuditLog audit, Invalidations invalidations,
    IEnumerable<ITenantData> data, TimeProvider time)
{
    /// <summary>
    /// An instance may accept a key for <see cref="CallerDirectory.MaxAge"/> after it was revoked. A call accepted then may still write.
    /// </summary>
    private static readonly TimeSpan LastCalls = TimeSpan.FromSeconds(30);

    private readonly IEnumerable<ITenantData> _data = data;

    /// <exception cref="Requests.RefusedException">The tenant does not exist.</exception>
    /// <exception cref="RequestFailedException">The tenant changed concurrently, or storage fails. The request can be repeated.</exception>
    public async Task<ErasedTenant> EraseAsync(string id, Actor actor, CancellationToken cancellation)
    {
        var tenant = await book.GetAsync(id, cancellation);
        return await audit.RecordAsync(
            new(actor, "tenant.erase", TenantBook.Subject(id), TenantBook.State(tenant)), () => EraseAsync(tenant, cancellation));
    }

    private async Task<ErasedTenant> EraseAsync(TenantRow tenant, CancellationToken cancellation)
    {
        if (tenant.Status != TenantRow.Erasing)
        {
            (tenant.Status, tenant.InactiveSince) = (TenantRow.Erasing, tenant.InactiveSince ?? time.GetUtcNow());
            await tenants.UpdateAsync(tenant);
        }

        invalidations.Tenant(tenant.RowKey);
        await WaitForLastCallsAsync(tenant, cancellation);

        Dictionary<string, int> removed = new(StringComparer.Ordinal);
        // Keys are removed first, and again at the end for a key whose creation was in progress when the erasure began.
        foreach (var data in _data.Prepend(keyErasure).Append(keyErasure))
        {
            var count = await data.RemoveAsync(tenant.Account, cancellation);
            if (data.Count is { } member)
            {
                removed[member] = removed.GetValueOrDefault(member) + count;
            }
        }

        var erased = new ErasedTenant
        {
            Tenant = tenant.RowKey,
            Account = tenant.Account,
            Uploads = removed.GetValueOrDefault(nameof(ErasedTenant.Uploads)),
            Results = removed.GetValueOrDefault(nameof(ErasedTenant.Results)),
            Batches = removed.GetValueOrDefault(nameof(ErasedTenant.Batches)),
            Files = removed.GetValueOrDefault(nameof(ErasedTenant.Files)),
            StoredAnswers = removed.GetValueOrDefault(nameof(ErasedTenant.StoredAnswers)),
            LedgerRows = removed.GetValueOrDefault(nameof(ErasedTenant.LedgerRows)),
            PredictionRows = removed.GetValueOrDefault(nameof(ErasedTenant.PredictionRows)),
            WebhookRows = removed.GetValueOrDefault(nameof(ErasedTenant.WebhookRows)),
            Keys = removed.GetValueOrDefault(nameof(ErasedTenant.Keys)),
            Kept = $"of account {tenant.Account}: {string.Join("; ", _data.Select(d => d.Kept).OfType<string>())}",
            RecoverableUntil = _data.Max(d => d.RecoverableFor) is var longest && longest > TimeSpan.Zero
                ? time.GetUtcNow() + longest
                : null,
        };
        await tenants.RemoveAsync(tenant);
        invalidations.Tenant(tenant.RowKey);
        return erased;
    }

    private async Task WaitForLastCallsAsync(TenantRow tenant, CancellationToken cancellation)
    {
        var left = (tenant.InactiveSince ?? time.GetUtcNow()) + LastCalls - time.GetUtcNow();
        if (left > TimeSpan.Zero && await keys.IdsAsync(
            tenant.Account, after: null, passOverDead: false, cancellation).AnyAsync(cancellation))
        {
            await Task.Delay(left < LastCalls ? left : LastCalls, time, cancellation);
        }
    }
}
