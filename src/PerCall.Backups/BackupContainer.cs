using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace PerCall.Backups;

/// <summary>
/// The container <c>backups</c>: a folder per day, <c>yyyy-MM-dd/</c>, with the parts of the tables and <c>manifest.json</c>; and
/// <c>restore.json</c>, the mark of the last restore.
/// </summary>
public sealed class BackupContainer(BlobContainerClient client)
{
    /// <summary>The container's name.</summary>
    public const string Name = "backups";

    private const string DayFormat = "yyyy-MM-dd";
    private const string Mark = "restore.json";

    /// <summary>The client.</summary>
    public BlobContainerClient Client => client;

    /// <summary>Returns the id of a day's backup.</summary>
    public static string IdOf(DateOnly day) => day.ToString(DayFormat, CultureInfo.InvariantCulture);

    /// <summary>Returns whether a text has the form of a backup's id.</summary>
    public static bool IsId(string text) => DateOnly.TryParseExact(text, DayFormat, out _);

    /// <summary>Reads the manifest of a complete backup; null: there is no such backup, or it is not complete.</summary>
    /// <exception cref="JsonException">The blob is not a manifest.</exception>
    public async Task<BackupManifest?> FindAsync(string id, CancellationToken cancellationToken) =>
        (await ReadAsync(ManifestOf(id), BackupJson.Default.BackupManifest, cancellationToken))?.Value;

    /// <summary>Returns whether a day's backup is complete.</summary>
    public async Task<bool> IsCompleteAsync(string id, CancellationToken cancellationToken) =>
        await client.GetBlobClient(ManifestOf(id)).ExistsAsync(cancellationToken);

    /// <summary>Lists the days that have a folder, oldest first. Their backups need not be complete.</summary>
    public async IAsyncEnumerable<string> DaysAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var item in client.GetBlobsByHierarchyAsync(
            new GetBlobsByHierarchyOptions { Delimiter = "/" }, cancellationToken))
        {
            if (item.IsPrefix && item.Prefix.TrimEnd('/') is var day && IsId(day))
            {
                yield return day;
            }
        }
    }

    /// <summary>Reads the mark of the last restore; null: nothing was ever restored.</summary>
    public async Task<(RestoreMark Mark, ETag ETag)?> FindMarkAsync(CancellationToken cancellationToken) =>
        await ReadAsync(Mark, BackupJson.Default.RestoreMark, cancellationToken) is { } found ? (found.Value, found.ETag) : null;

    /// <summary>Writes the mark, if it is unchanged since it was read.</summary>
    /// <returns>The mark's new ETag; null: another process has changed it.</returns>
    public Task<ETag?> TryWriteMarkAsync(RestoreMark mark, ETag? read, CancellationToken cancellationToken) =>
        TryWriteAsync(Mark, mark, BackupJson.Default.RestoreMark, read, cancellationToken);

    /// <summary>Returns the time of storage's clock, which also dates uploads, in whole seconds.</summary>
    internal async Task<DateTimeOffset> StorageTimeAsync(CancellationToken cancellationToken) =>
        (await client.GetPropertiesAsync(cancellationToken: cancellationToken)).GetRawResponse().Headers.Date
            ?? throw new RequestFailedException("Storage's answer has no date.");

    internal static string ManifestOf(string id) => $"{id}/manifest.json";

    internal Task<(BackupManifest Value, ETag ETag)?> FindProgressAsync(string id, CancellationToken cancellationToken) =>
        ReadAsync(ProgressOf(id), BackupJson.Default.BackupManifest, cancellationToken);

    internal Task<ETag?> TryWriteProgressAsync(BackupManifest progress, ETag? read, CancellationToken cancellationToken) =>
        TryWriteAsync(ProgressOf(progress.Id), progress, BackupJson.Default.BackupManifest, read, cancellationToken);

    /// <summary>Completes a backup, unless another process has.</summary>
    internal Task CompleteAsync(BackupManifest manifest, CancellationToken cancellationToken) =>
        TryWriteAsync(ManifestOf(manifest.Id), manifest, BackupJson.Default.BackupManifest, read: null, cancellationToken);

    private static string ProgressOf(string id) => $"{id}/progress.json";

    private async Task<(T Value, ETag ETag)?> ReadAsync<T>(string name, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            var content = (await client.GetBlobClient(name).DownloadContentAsync(cancellationToken)).Value;
            var value = JsonSerializer.Deserialize(content.Content, type) ?? throw new JsonException($"The blob {name} is empty.");
            return (value, content.Details.ETag);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
    }

    private async Task<ETag?> TryWriteAsync<T>(
        string name, T value, JsonTypeInfo<T> type, ETag? read, CancellationToken cancellationToken)
    {
        try
        {
            var options = new BlobUploadOptions
            {
                Conditions = read is { } known ? new() { IfMatch = known } : new() { IfNoneMatch = ETag.All },
                HttpHeaders = new() { ContentType = "application/json" },
            };
            var written = await client.GetBlobClient(name).UploadAsync(
                BinaryData.FromBytes(JsonSerializer.SerializeToUtf8Bytes(value, type)), options, cancellationToken);
            return written.Value.ETag;
        }
        catch (RequestFailedException e) when (e.Status is 409 or 412)
        {
            return null;
        }
    }
}
