using System.Security.Cryptography;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using PerCall.Client.Wire;
using PerCall.Functions.Requests;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Batches.Jobs;

/// <summary>
/// Maps each Idempotency-Key to its job id, so that a repeated call gets the same job. The id is stored before the job exists.
/// </summary>
public sealed class JobOrigins(TableServiceClient tables, TimeProvider time)
{
    private readonly TableClient _table = tables.GetTableClient(JobTable.Name);

    /// <exception cref="RefusedException">422: the key was used before with a different body.</exception>
    public async Task<string> IdOfAsync(string account, string key, CreateBatchRequest request, CancellationToken cancellation)
    {
        var fingerprint = Convert.ToHexStringLower(
            SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(request, WireJson.Default.CreateBatchRequest)));
        var row = $"{account}~{IdempotencyKey.Hash(key)}";
        var entity = new TableEntity(JobTable.Keys, row) { ["Job"] = JobIds.New(time.GetUtcNow()), ["Fingerprint"] = fingerprint };
        try
        {
            await _table.AddEntityAsync(entity, cancellation);
            return entity.GetString("Job");
        }
        catch (RequestFailedException e) when (e.AlreadyExists())
        {
            TableEntity known = await _table.GetEntityAsync<TableEntity>(JobTable.Keys, row, cancellationToken: cancellation);
            return known.GetString("Fingerprint") == fingerprint
                ? known.GetString("Job")
                : throw new RefusedException(
                    422,
                    "idempotency_key_reused",
                    $"This {IdempotencyKey.Header} was already used for a different request; send a new key with a new request.",
                    IdempotencyKey.Header);
        }
    }

    /// <summary>Deletes the keys that were used before a time.</summary>
    public async Task ForgetAsync(DateTimeOffset before, CancellationToken cancellation)
    {
        await foreach (var row in _table.QueryAsync<TableEntity>(
            TableClient.CreateQueryFilter($"PartitionKey eq {JobTable.Keys} and Timestamp lt {before}"), select: ["PartitionKey", "RowKey"],
            cancellationToken: cancellation))
        {
            await _table.DeleteEntityAsync(row, cancellationToken: cancellation);
        }
    }
}
