using Azure.Storage.Blobs.Models;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Requests;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Batches.Files;

/// <summary>Counts the bytes an account has stored in files and uploads. Results do not count, because the service creates them.</summary>
public sealed class StoredBytes(BlobContainers containers, IOptions<BatchOptions> options)
{
    /// <summary>The containers with accounts' files and uploads; blob names begin with the account.</summary>
    private static readonly string[] Containers = [FileStore.Container, "inbox"];

    public const string Code = "stored_bytes_exceeded";

    /// <summary>The maximum number of bytes that an account can store.</summary>
    public long Most { get; } = options.Value.StoredBytesPerTenant;

    /// <summary>Returns the number of bytes that an account has stored.</summary>
    public async Task<long> OfAsync(string account, CancellationToken cancellation)
    {
        var sum = 0L;
        foreach (var container in Containers)
        {
            await foreach (var blob in containers[container].GetBlobsAsync(
                new GetBlobsOptions { Prefix = $"{account}/" }, cancellation))
            {
                sum += blob.Properties.ContentLength ?? 0;
            }
        }

        return sum;
    }

    /// <returns>The number of bytes that the account can still store.</returns>
    /// <exception cref="RefusedException">403: there is not enough room for <paramref name="more"/> bytes.</exception>
    public async Task<long> RequireRoomAsync(string account, long more, CancellationToken cancellation)
    {
        var room = Most - await OfAsync(account, cancellation);
        return room > 0 && more <= room ? room : throw Exceeded();
    }

    public RefusedException Exceeded() => new(StatusCodes.Status403Forbidden, Code, Message, "file");

    public string Message => $"This tenant can store at most {Most:N0} bytes of files and uploads; "
        + "delete files with DELETE /v1/files/{id}.";
}
