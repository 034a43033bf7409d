using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Metering.Export;

/// <summary>The container <c>exports</c>: the files, their plans, and the cursor.</summary>
public sealed class ExportContainer(BlobContainerClient client)
{
    public const string Name = "exports";

    private const string CursorName = "cursor.json";

    public static string FileName(int number) => string.Create(CultureInfo.InvariantCulture, $"{number:D8}.jsonl");

    public BlockBlobClient File(string name) => client.GetBlockBlobClient(name);

    public async Task<(ExportCursor Cursor, ETag? Tag)> CursorAsync(CancellationToken cancellation) =>
        await ReadAsync(
            CursorName, ExportJson.Default.ExportCursor, cancellation) is { } found ? (found.Value, found.Tag) : (ExportCursor.Start, null);

    /// <summary>
    /// Moves the cursor. Does nothing if another process has already moved it: both start at the same state and reach the same state.
    /// </summary>
    public Task MoveCursorAsync(ExportCursor cursor, ETag? before, CancellationToken cancellation) =>
        WriteAsync(CursorName, cursor, ExportJson.Default.ExportCursor, before, cancellation);

    public async Task<ExportPlan?> PlanAsync(int number, CancellationToken cancellation) =>
        (await ReadAsync(PlanName(number), ExportJson.Default.ExportPlan, cancellation))?.Value;

    /// <summary>Stores the plan, unless the file already has one.</summary>
    public Task AddPlanAsync(int number, ExportPlan plan, CancellationToken cancellation) =>
        WriteAsync(PlanName(number), plan, ExportJson.Default.ExportPlan, null, cancellation);

    private static string PlanName(int number) => string.Create(CultureInfo.InvariantCulture, $"plans/{number:D8}.json");

    private async Task<(T Value, ETag Tag)?> ReadAsync<T>(string name, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        try
        {
            var content = (await client.GetBlobClient(name).DownloadContentAsync(cancellation)).Value;
            return (
                JsonSerializer.Deserialize(content.Content, type) ?? throw new InvalidDataException($"{name} in {Name} is null."),
                content.Details.ETag);
        }
        catch (RequestFailedException e) when (e.IsBlobNotFound())
        {
            return null;
        }
    }

    private async Task WriteAsync<T>(string name, T value, JsonTypeInfo<T> type, ETag? before, CancellationToken cancellation)
    {
        var conditions = before is { } tag
            ? new BlobRequestConditions { IfMatch = tag } : new BlobRequestConditions { IfNoneMatch = ETag.All };
        try
        {
            await client.GetBlobClient(name).UploadAsync(
                BinaryData.FromBytes(JsonSerializer.SerializeToUtf8Bytes(value, type)), new BlobUploadOptions { Conditions = conditions },
                cancellation);
        }
        catch (RequestFailedException e) when (e.IsWriteConflict())
        {
            // Another process was first; its version counts.
        }
    }
}
