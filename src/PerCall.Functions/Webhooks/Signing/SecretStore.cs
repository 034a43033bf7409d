using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Data.Tables;
using Microsoft.AspNetCore.Http;
using PerCall.Functions.Requests;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Webhooks.Signing;

/// <summary>Each account's signing secrets: one row, made when it is first wanted, changed by ETag.</summary>
public sealed class SecretStore(TableClient table, TimeProvider time)
{
    private const int MaxSecrets = 5;
    private const string Row = "s";
    private const string Column = "Secrets";

    /// <summary>Those that sign now, the newest first.</summary>
    public async Task<IReadOnlyList<SigningSecret>> GetAsync(string account, CancellationToken cancellation) =>
        [.. (await ReadOrMakeAsync(account, cancellation)).Secrets.Where(s => s.SignsAt(time.GetUtcNow()))];

    /// <summary>Adds one, and has those before it end after the overlap.</summary>
    /// <exception cref="RefusedException">409: as many as may sign at once do.</exception>
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
                // Rotated by another at the same moment; this one comes on top.
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
                // Another was first, and its secret counts.
            }
        }
    }

    private static TableEntity EntityOf(string account, List<SigningSecret> secrets) =>
        new(account, Row) { [Column] = JsonSerializer.Serialize(secrets, SecretJson.Default.ListSigningSecret) };
}

[JsonSerializable(typeof(List<SigningSecret>))]
public sealed partial class SecretJson : JsonSerializerContext;
