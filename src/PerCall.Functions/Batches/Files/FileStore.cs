using System.Runtime.CompilerServices;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Microsoft.Extensions.Options;
using PerCall.Client.Wire;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Requests;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Batches.Files;

/// <summary>A file, its blob and the blob's ETag.</summary>
public sealed record FoundFile(StoredFile File, BlobBaseClient Blob, string ETag);

/// <summary>
/// Stores tenants' files and finds the results of their batches. Uploaded files are in the container <c>files</c> as
/// <c>&lt;account&gt;/&lt;id&gt;/&lt;name&gt;</c>.
/// </summary>
public sealed class FileStore(BlobContainers containers, ResultFiles results, IOptions<BatchOptions> options, TimeProvider time)
{
    public const string Container = "files";
    public const string Purpose = "batch";

    private const string ResultPurpose = "batch_output";
    /// <summary>The maximum length of an escaped file name, in characters. A full blob name can have at most 1,024.</summary>
    private const int MaxName = 600;

    private readonly BlobContainerClient _container = containers[Container];
    private readonly BatchOptions _options = options.Value;

    /// <summary>Creates an id and a blob client for a new file.</summary>
    public (string Id, BlockBlobClient Blob) Place(string account, string fileName)
    {
        var id = FileIds.New(time.GetUtcNow());
        return (id, _container.GetBlockBlobClient($"{account}/{id}/{Escape(fileName)}"));
    }

    /// <exception cref="RefusedException">The account has no such file.</exception>
    public async Task<FoundFile> GetAsync(string account, string id, string param, CancellationToken cancellation) =>
        await FindAsync(account, id, cancellation)
        ?? throw new RefusedException(
            404,
            "file_not_found",
            $"File '{Page.Short(id)}' not found. Upload a file with POST /v1/files; files are kept for {_options.Kept.TotalDays:0.#} days.",
            param);

    /// <summary>Finds the input file of a new batch.</summary>
    /// <exception cref="RefusedException">The request body names no file, or the account has no such file.</exception>
    public async Task<FoundFile> RequireAsync(string account, string? id, CancellationToken cancellation) => await GetAsync(
        account,
        id ?? throw RefusedException.BadRequest(
            "missing_input_file_id", "The body has no 'input_file_id'; upload a file with POST /v1/files to get one.", "input_file_id"),
        "input_file_id",
        cancellation);

    /// <summary>Lists uploaded files, newest first.</summary>
    public async IAsyncEnumerable<StoredFile> ListAsync(
        string account, string? after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var item in _container.GetBlobsAsync(new GetBlobsOptions { Prefix = $"{account}/" }, cancellation))
        {
            if (Describe(item) is { } file && (after is null || string.CompareOrdinal(file.Id, after) > 0))
            {
                yield return file;
            }
        }
    }

    public static async Task DeleteAsync(FoundFile file, CancellationToken cancellation) =>
        await file.Blob.DeleteIfExistsAsync(cancellationToken: cancellation);

    /// <summary>
    /// Converts a file name to a valid part of a blob name. Removes folders and trailing dots, which URLs do not allow, and shortens long
    /// names.
    /// </summary>
    public static string Escape(string fileName)
    {
        var name = fileName[(fileName.LastIndexOfAny(['/', '\\']) + 1)..].TrimEnd('.');
        List<string> kept = [];
        var length = 0;
        // Shorten at the beginning, so that the extension is kept.
        foreach (var character in name.EnumerateRunes().Reverse())
        {
            var escaped = Uri.EscapeDataString(character.ToString());
            if ((length += escaped.Length) > MaxName)
            {
                break;
            }

            kept.Add(escaped);
        }

        return kept.Count > 0 ? string.Concat(Enumerable.Reverse(kept)) : "file";
    }

    private async Task<FoundFile?> FindAsync(string account, string id, CancellationToken cancellation)
    {
        if (FileIds.ResultOf(id) is { } result)
        {
            return await FindAsync(account, id, result.Job, result.File, cancellation);
        }

        if (!FileIds.AreInput(id))
        {
            return null;
        }

        await foreach (var item in _container.GetBlobsAsync(new GetBlobsOptions { Prefix = $"{account}/{id}/" }, cancellation))
        {
            return Describe(item) is { } file ? new(
                file, _container.GetBlobBaseClient(item.Name), item.Properties.ETag!.Value.ToString("H")) : null;
        }

        return null;
    }

    private async Task<FoundFile?> FindAsync(string account, string id, string job, ResultFile which, CancellationToken cancellation)
    {
        var blob = results.Blob(account, job, which);
        try
        {
            var properties = (await blob.GetPropertiesAsync(cancellationToken: cancellation)).Value;
            return new(
                Describe(id, properties.ContentLength, properties.CreatedOn, ResultFiles.NameOf(which), ResultPurpose), blob,
                properties.ETag.ToString("H"));
        }
        catch (Azure.RequestFailedException e) when (e.IsNotFound())
        {
            return null;
        }
    }

    private StoredFile? Describe(BlobItem item)
    {
        var parts = item.Name.Split('/', 3);
        return parts.Length == 3
            ? Describe(
                parts[1], item.Properties.ContentLength ?? 0, item.Properties.CreatedOn ?? item.Properties.LastModified ?? default,
                Uri.UnescapeDataString(parts[2]), Purpose)
            : null;
    }

    private StoredFile Describe(string id, long bytes, DateTimeOffset created, string name, string purpose) => new()
    {
        Id = id,
        Bytes = bytes,
        CreatedAt = created.ToUnixTimeSeconds(),
        ExpiresAt = (created + _options.Kept).ToUnixTimeSeconds(),
        Filename = name,
        Purpose = purpose,
    };
}
