using System.Buffers;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Transfers;

/// <summary>
/// Streams uploads and downloads between clients and storage, for clients that cannot reach the storage account. The address itself is
/// the permission, as it is with an address that leads to storage.
/// </summary>
public sealed class TransferFunctions(
    BlobContainers containers, TransferTickets tickets, TransferPlaces places, IEnumerable<IUploadTarget> targets,
    UploadLimit limit)
{
    public const string Folder = "transfers";

    private const int ReadBytes = 64 << 10;

    private readonly Dictionary<string, IUploadTarget> _targets = targets.ToDictionary(t => t.Container, StringComparer.Ordinal);

    [Function("PutTransfer")]
    [LongBody]
    [Operation(
        "Files",
        "Upload to an address",
        "Receives the file for an address of POST /v1/uploads or POST /manage/v1/models/uploads, if the service's addresses lead to the "
            + "service. Needs no key. An upload that is interrupted leaves nothing, and can be repeated. An address accepts one file. With "
            + "'Content-Range: bytes 0-8388607/20000000' the body is a part of the file. Parts are sent in order; the answer 308 says in "
            + "'Range' what has arrived, and the last part completes the file. 'Content-Range: bytes */20000000' without a body asks what "
            + "has arrived.")]
    [Body(typeof(byte[]), "application/octet-stream")]
    [Answer(201)]
    [Answer(308)]
    [Answer(400, typeof(Problem))]
    [Answer(403, typeof(Problem))]
    [Answer(409, typeof(Problem))]
    [Answer(413, typeof(Problem))]
    [Answer(429, typeof(Problem))]
    [Answer(503, typeof(Problem))]
    public async Task<IResult> Put(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = Folder + "/{token}")] HttpRequest request, string token,
        CancellationToken cancellation)
    {
        var ticket = tickets.Open(token, isWrite: true);
        places.Take(request.HttpContext, ticket.Account);
        var target = _targets[ticket.Container];
        var admitted = await target.AdmitAsync(ticket.Blob, cancellation);
        var blob = containers[ticket.Container].GetBlockBlobClient(ticket.Blob);
        var etag = PartRange.Of(request) is { } part
            ? await ReceivePartAsync(request, ticket, blob, part, limit.WithinParts(admitted), cancellation)
            : await ReceiveAsync(request, ticket, blob, limit.Within(admitted), cancellation);
        if (etag is not { } complete)
        {
            return TypedResults.StatusCode(StatusCodes.Status308PermanentRedirect);
        }

        await target.ArriveAsync(ticket.Blob);
        request.HttpContext.Response.Headers.ETag = complete.ToString("H");
        return TypedResults.StatusCode(StatusCodes.Status201Created);
    }

    [Function("GetTransfer")]
    [Operation(
        "Files",
        "Download from an address",
        "Returns the file of an address of GET /v1/batches/{id}, if the service's addresses lead to the service. Needs no key. Supports "
            + "range requests.")]
    [Answer(200, typeof(byte[]))]
    [Answer(403, typeof(Problem))]
    [Answer(404, typeof(Problem))]
    [Answer(429, typeof(Problem))]
    [Answer(503, typeof(Problem))]
    public async Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Folder + "/{token}")] HttpRequest request, string token,
        CancellationToken cancellation)
    {
        var ticket = tickets.Open(token, isWrite: false);
        places.Take(request.HttpContext, ticket.Account);
        var blob = containers[ticket.Container].GetBlobBaseClient(ticket.Blob);
        // The address is the key, and a cache on the way would answer without it.
        request.HttpContext.Response.Headers.CacheControl = "no-store";
        try
        {
            return await BlobAnswers.StreamAsync(blob, ticket.Blob[(ticket.Blob.LastIndexOf('/') + 1)..], cancellation: cancellation);
        }
        catch (RequestFailedException e) when (e.IsBlobNotFound())
        {
            throw new RefusedException(
                StatusCodes.Status404NotFound, "file_not_found", "The file of this address was removed.", inner: e);
        }
    }

    /// <summary>Lifts the server's body limit, which is that of calls, whose bodies are held in memory.</summary>
    /// <returns>The memory to reserve blocks from.</returns>
    private static BodyMemory? Prepare(HttpRequest request, TransferTicket ticket)
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } most)
        {
            most.MaxRequestBodySize = null;
        }

        var memory = BodyMemory.Of(request.HttpContext);
        memory?.Account = ticket.Account;
        return memory;
    }

    /// <returns>The ETag of the complete file; null: parts are missing, and the response's headers say what has arrived.</returns>
    private static async Task<ETag?> ReceivePartAsync(
        HttpRequest request, TransferTicket ticket, BlockBlobClient blob, PartRange part, UploadRoom room, CancellationToken cancellation)
    {
        if (part.Total > room.Bytes)
        {
            throw room.Exceeded();
        }

        var upload = new PartUpload(blob, part);
        var etag = await upload.ReceiveAsync(request.Body, Prepare(request, ticket), cancellation);
        foreach (var (name, value) in PartUpload.HeadersOf(upload.Received))
        {
            request.HttpContext.Response.Headers[name] = value;
        }

        return etag;
    }

    private static async Task<ETag?> ReceiveAsync(
        HttpRequest request, TransferTicket ticket, BlockBlobClient blob, UploadRoom room, CancellationToken cancellation)
    {
        if (request.ContentLength > room.Bytes)
        {
            throw room.Exceeded();
        }

        if (await blob.ExistsAsync(cancellation))
        {
            throw HasArrived();
        }

        var memory = Prepare(request, ticket);
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        using var upload = new BlockUpload(blob, memory);
        try
        {
            int read;
            while ((read = await request.Body.ReadAsync(buffer, cancellation)) > 0)
            {
                await upload.AddAsync(buffer.AsMemory(0, read), cancellation);
                if (upload.Length > room.Bytes)
                {
                    throw room.Exceeded();
                }
            }

            return await upload.CompleteAsync(new() { IfNoneMatch = ETag.All }, cancellation);
        }
        catch (RequestFailedException e) when (e.IsWriteConflict() || e.ErrorCode == BlobErrorCode.InvalidBlockList)
        {
            // Another upload to this address was complete first, which also discards the blocks of this one.
            throw HasArrived(e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    internal static RefusedException HasArrived(Exception? inner = null) => new(
        StatusCodes.Status409Conflict,
        "address_used",
        "A file has already arrived at this address, and stays as it is; request another address.",
        inner: inner);
}
