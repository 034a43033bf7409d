using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using PerCall.Client.Wire;
using PerCall.Functions.Audit;
using PerCall.Functions.Storage;
using PerCall.Functions.Tenancy.Callers;
using PerCall.Functions.Tenancy.Keys;
using PerCall.Functions.Tenancy.Tenants;

namespace PerCall.Functions.Tenancy.Erasure;

/// <summary>
/// Removes a tenant and all that is stored of it, but for usage, which stays under the account's pseudonym, and the id, which is not given again. The tenant's own row goes last, so that an erasure that was interrupted
/// anywhere is finished by asking for it again.
/// </summary>
public sealed class TenantErasure
{
    // All lies under the account.
    private const string Uploads = "inbox";
    private const string Results = "results";
    private const string Work = "batches";
    private const string Files = "files";
    private const string Answers = "answers";
    private const string Idempotency = "idempotency";
    private const string Ledger = "limits";

    // Tables and containers both, under the account.
    private const string Predictions = "predictions";
    private const string Webhooks = "webhooks";

    /// <summary>An instance may believe in a key for <see cref="CallerDirectory.MaxAge"/>, and what it lets in then may still write something.</summary>
    private static readonly TimeSpan LastCalls = TimeSpan.FromSeconds(30);

    private readonly TableServiceClient _tables;
    private readonly BlobServiceClient _blobs;
    private readonly TenantBook _book;
    private readonly TenantTable _tenants;
    private readonly KeyTable _keys;
    private readonly AuditLog _audit;
    private readonly Invalidations _invalidations;
    private readonly IReadOnlyList<ITenantData> _data;
    private readonly TimeProvider _time;

    internal TenantErasure(
        TableServiceClient tables, BlobServiceClient blobs, TenantBook book, TenantTable tenants, KeyTable keys, AuditLog audit, Invalidations invalidations, IEnumerable<ITenantData> data, TimeProvider time) =>
        (_tables, _blobs, _book, _tenants, _keys, _audit, _invalidations, _data, _time) = (tables, blobs, book, tenants, keys, audit, invalidations, [.. data], time);

    /// <exception cref="Requests.RefusedException">There is no such tenant.</exception>
    /// <exception cref="RequestFailedException">It was changed at the same time, or storage fails; it can be asked for again.</exception>
    internal async Task<ErasedTenant> EraseAsync(string id, Actor actor, CancellationToken cancellation)
    {
        var tenant = await _book.GetAsync(id, cancellation);
        return await _audit.RecordAsync(new(actor, "tenant.erase", TenantBook.Subject(id), TenantBook.State(tenant)), () => EraseAsync(tenant, cancellation));
    }

    private async Task<ErasedTenant> EraseAsync(TenantRow tenant, CancellationToken cancellation)
    {
        if (tenant.Status != TenantRow.Erasing)
        {
            (tenant.Status, tenant.InactiveSince) = (TenantRow.Erasing, tenant.InactiveSince ?? _time.GetUtcNow());
            await _tenants.UpdateAsync(tenant);
        }

        _invalidations.Tenant(tenant.RowKey);
        await WaitForLastCallsAsync(tenant, cancellation);

        var keys = await RemoveKeysAsync(tenant, cancellation);
        Dictionary<string, int> removed = new(StringComparer.Ordinal);
        foreach (var data in _data)
        {
            removed[data.Name] = await data.RemoveAsync(tenant.Account, cancellation);
        }

        // A row says where its answer lies, so it goes after it.
        foreach (var container in new[] { Answers, Predictions, Webhooks })
        {
            await RemoveBlobsAsync(container, tenant.Account, cancellation);
        }

        var erased = new ErasedTenant
        {
            Tenant = tenant.RowKey,
            Account = tenant.Account,
            Uploads = await RemoveBlobsAsync(Uploads, tenant.Account, cancellation),
            Results = await RemoveBlobsAsync(Results, tenant.Account, cancellation) + await RemoveBlobsAsync(Work, tenant.Account, cancellation),
            Batches = removed.GetValueOrDefault("batches"),
            Files = await RemoveBlobsAsync(Files, tenant.Account, cancellation),
            StoredAnswers = await RemoveRowsAsync(Idempotency, tenant.Account, cancellation),
            LedgerRows = await RemoveRowsAsync(Ledger, tenant.Account, cancellation),
            PredictionRows = await RemoveTrackedAsync(Predictions, tenant.Account, cancellation),
            WebhookRows = await RemoveTrackedAsync(Webhooks, tenant.Account, cancellation),
            // Once more: a key that was being made when the erasure began.
            Keys = keys + await RemoveKeysAsync(tenant, cancellation),
            Kept = $"usage totals and the journal under account {tenant.Account}; the id '{tenant.RowKey}', which is never reused",
        };
        await _tenants.RemoveAsync(tenant);
        _invalidations.Tenant(tenant.RowKey);
        return erased;
    }

    private async Task WaitForLastCallsAsync(TenantRow tenant, CancellationToken cancellation)
    {
        var left = (tenant.InactiveSince ?? _time.GetUtcNow()) + LastCalls - _time.GetUtcNow();
        if (left > TimeSpan.Zero && await _keys.IdsAsync(tenant.Account, after: null, passOverDead: false, cancellation).AnyAsync(cancellation))
        {
            await Task.Delay(left < LastCalls ? left : LastCalls, _time, cancellation);
        }
    }

    private async Task<int> RemoveKeysAsync(TenantRow tenant, CancellationToken cancellation)
    {
        var count = 0;
        foreach (var id in await _keys.IdsAsync(tenant.Account, after: null, passOverDead: false, cancellation).ToListAsync(cancellation))
        {
            await _keys.RemoveAsync(tenant.Account, id);
            _invalidations.Key(id);
            count++;
        }

        return count;
    }

    private async Task<int> RemoveBlobsAsync(string container, string owner, CancellationToken cancellation)
    {
        var count = 0;
        var blobs = _blobs.GetBlobContainerClient(container);
        try
        {
            await foreach (var blob in blobs.GetBlobsAsync(new() { Prefix = $"{owner}/" }, cancellation))
            {
                count += await blobs.DeleteBlobIfExistsAsync(blob.Name, Azure.Storage.Blobs.Models.DeleteSnapshotsOption.IncludeSnapshots, cancellationToken: cancellation) ? 1 : 0;
            }
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            // There is no such container yet.
        }

        return count;
    }

    /// <summary>Rows of an account, and the mark by which sweeps find it.</summary>
    private async Task<int> RemoveTrackedAsync(string name, string account, CancellationToken cancellation) =>
        await RemoveRowsAsync(name, account, cancellation)
        + await RemoveWhereAsync(name, TableClient.CreateQueryFilter($"PartitionKey eq {MarkedAccounts.Partition} and RowKey eq {account}"), cancellation);

    private Task<int> RemoveRowsAsync(string name, string account, CancellationToken cancellation) =>
        RemoveWhereAsync(name, TableClient.CreateQueryFilter($"PartitionKey eq {account}"), cancellation);

    private async Task<int> RemoveWhereAsync(string name, string filter, CancellationToken cancellation)
    {
        var count = 0;
        var table = _tables.GetTableClient(name);
        try
        {
            await foreach (var row in table.QueryAsync<TableEntity>(filter, select: ["PartitionKey", "RowKey"], cancellationToken: cancellation))
            {
                await table.DeleteEntityAsync(row.PartitionKey, row.RowKey, cancellationToken: cancellation);
                count++;
            }
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            // There is no such table yet.
        }

        return count;
    }
}
