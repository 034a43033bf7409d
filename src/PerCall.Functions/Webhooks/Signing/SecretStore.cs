using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Data.Tables;
using Microsoft.AspNetCore.Http;
using PerCall.Functions.Requests;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Webhooks.Signing;

/// <summary>Stores each account's signing secrets in one row, created on first use and updated with ETags.</summary>
public sealed class SecretStore(TableClient table, TimeProvider time)
{
    private const int MaxSecrets = 5;
    private const string Row = "s";
    private const string Column = "Secrets";

    /// <summary>A filter for the rows of all accounts.</summary>
    public const string Rows = $"RowKey eq '{Row}'";

    /// <summary>Returns the active secrets, the newest first.</summary>
    public async Task<IReadOnlyList<SigningSecret>> GetAsync(string account, CancellationToken cancellation) =>
        [.. (await ReadOrMakeAsync(account, cancellation)).Secrets.Where(s => s.SignsAt(time.GetUtcNow()))];

    /// <summary>Adds a secret. The earlier secrets expire after the overlap.</summary>
    /// <exception cref="RefusedException">409: the maximum number of secrets is already active.</exception>
    public async Task<IReadOnlyList<SigningSecret>> RotateAsync(string account, TimeSpan overlap, CancellationToken cancellation)
    {
        while (true)
        {
            var (secrets, etag) = await ReadOrMakeAsync(account, cancellation);
            var now = time.GetUtcNow();
            var end = now + overlap;
            List<SigningSecret> rotated =
                [SigningSecret.New(now), .. secrets.Where(s => s.SignsAt(now)).Select(
                    s => s with { ExpiresAt = s.ExpiresAt is { } earlier && earlier < end ? earlier : end }).Where(s => s.SignsAt(now))];
            if (rotated.Count > MaxSecrets)
            {
                throw new RefusedException(
                    StatusCodes.Status409Conflict, "too_many_secrets",
                    $"A tenant can have at most {MaxSecrets} signing secrets. Wait until one expires, or rotate with overlap_seconds 0.");
            }

            try
            {
                await table.UpdateEntityAsync(EntityOf(account, rotated), etag, TableUpdateMode.Replace, cancellation);
                return rotated;
            }
            catch (RequestFailedException e) when (e.IsPreconditionFailed())
            {
                // Another process rotated the secrets at the same time; try again on top of its change.
            }
        }
    }

    private async Task<(List<SigningSecret> Secrets, ETag ETag)> ReadOrMakeAsync(string account, CancellationToken cancellation)
    {
        while (true)
        {
            if (await table.GetEntityIfExistsAsync<TableEntity>(
                account, Row, cancellationToken: cancellation) is { HasValue: true, Value: { } row })
            {
                return (JsonSerializer.Deserialize(row.GetString(Column), SecretJson.Default.ListSigningSecret)!, row.ETag);
            }

            try
            {
                await table.AddEntityAsync(EntityOf(account, [SigningSecret.New(time.GetUtcNow())]), cancellation);
            }
            catch (RequestFailedException e) when (e.AlreadyExists())
            {
                // Another process was first; use its secret.
            }
        }
    }

    private static TableEntity EntityOf(string account, List<SigningSecret> secrets) =>
        new(account, Row) { [Column] = JsonSerializer.Serialize(secrets, SecretJson.Default.ListSigningSecret) };
}

[JsonSerializable(typeof(List<SigningSecret>))]
public sealed partial class SecretJson : JsonSerializerContext;
