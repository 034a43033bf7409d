using System.Buffers;
using System.Globalization;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Microsoft.AspNetCore.Http;
using PerCall.Functions.Requests;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Transfers;

/// <summary>
/// Receives a file in parts, each with its <c>Content-Range</c>. What an answer has acknowledged is in storage, so any instance can receive
/// the next part. The last part completes the file.
/// </summary>
/// <param name="blob">The file's blob.</param>
/// <param name="part">The part, or the question what has arrived.</param>
public sealed class PartUpload(BlockBlobClient blob, PartRange part)
{
    /// <summary>The longest file in bytes. Storage allows 50,000 blocks; this leaves enough for parts that broke off.</summary>
    public const long MaxBytes = (long)MaxParts * BlockUpload.BlockBytes;

    private const int MaxParts = 20_000;
    private const int LeastBytes = 256 << 10;
    private const int ReadBytes = 64 << 10;

    private static readonly TimeSpan KeepTime = TimeSpan.FromSeconds(10);

    /// <summary>The bytes that have arrived without a gap; 0 when the file is complete.</summary>
    public long Received { get; private set; }

    /// <summary>Receives the part.</summary>
    /// <returns>The ETag of the complete file; null: parts are missing.</returns>
    /// <exception cref="RefusedException">
    /// 400: the body does not match the range, or the part is too short. 409: the part does not join to what has arrived, or another file
    /// has begun or arrived at this address.
    /// </exception>
    public async Task<ETag?> ReceiveAsync(Stream body, BodyMemory? memory, CancellationToken cancellation)
    {
        if (await FindAsync(cancellation) is { } stored)
        {
            // The answer to the last part was lost.
            await SkipAsync(body, part.Length, cancellation);
            return stored;
        }

        var arrived = await ArrivedParts.ReadAsync(blob, part.Total, cancellation);
        if (arrived.OtherTotal is { } other)
        {
            throw new RefusedException(
                StatusCodes.Status409Conflict, "wrong_total",
                $"'Content-Range' says that the file has {part.Total:N0} bytes, but parts of a file of {other:N0} bytes have arrived at "
                    + "this address; continue that file, or request another address.",
                "Content-Range");
        }

        if (part.From is not null && part.End > arrived.Length)
        {
            RequireFit(arrived.Length);
            await SkipAsync(body, arrived.Length - part.From.Value, cancellation);
            await StoreAsync(body, arrived.Length, memory, cancellation);
            arrived = await ArrivedParts.ReadAsync(blob, part.Total, cancellation);
        }
        else
        {
            await SkipAsync(body, part.Length, cancellation);
        }

        if (arrived.Length == part.Total)
        {
            return await CommitAsync(arrived, cancellation);
        }

        Received = arrived.Length;
        return null;
    }

    /// <returns>The ETag of the complete file; null: the file is not complete.</returns>
    /// <exception cref="RefusedException">409: another file has arrived.</exception>
    private async Task<ETag?> FindAsync(CancellationToken cancellation)
    {
        try
        {
            var found = (await blob.GetPropertiesAsync(cancellationToken: cancellation)).Value;
            return found.ContentLength == part.Total ? found.ETag : throw TransferFunctions.HasArrived();
        }
        catch (RequestFailedException e) when (e.IsNotFound())
        {
            return null;
        }
    }

    private void RequireFit(long arrived)
    {
        if (part.From > arrived)
        {
            throw new RefusedException(
                StatusCodes.Status409Conflict, "wrong_offset",
                $"The part begins at byte {part.From:N0}, but {arrived:N0} bytes have arrived; expected a part that begins at byte "
                    + $"{arrived}.",
                "Content-Range")
            { Headers = HeadersOf(arrived) };
        }

        var least = Math.Max(LeastBytes, part.Total / MaxParts);
        if (part.End < part.Total && part.Length < least)
        {
            throw RefusedException.BadRequest(
                "part_too_small",
                $"The part has {part.Length:N0} bytes; allowed for all parts but the last: at least {least:N0}, better 8,388,608.",
                "Content-Range");
        }
    }

    /// <summary>Returns the header that says what has arrived; none if nothing has.</summary>
    public static Dictionary<string, string> HeadersOf(long arrived) => arrived == 0
        ? []
        : new() { ["Range"] = string.Create(CultureInfo.InvariantCulture, $"bytes=0-{arrived - 1}") };

    private async Task StoreAsync(Stream body, long start, BodyMemory? memory, CancellationToken cancellation)
    {
        var left = part.End - start;
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        using var upload = new BlockUpload(blob, memory, (at, length) => ArrivedParts.Name(start + at, length, part.Total));
        try
        {
            int read;
            while ((read = await ReadAsync(body, buffer, upload, cancellation)) > 0)
            {
                if (read > left)
                {
                    throw part.OtherLength("more");
                }

                await upload.AddAsync(buffer.AsMemory(0, read), cancellation);
                left -= read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (left > 0)
        {
            throw part.OtherLength("fewer");
        }

        await upload.FlushAsync(cancellation);
    }

    private static async Task<int> ReadAsync(Stream body, byte[] buffer, BlockUpload upload, CancellationToken cancellation)
    {
        try
        {
            return await body.ReadAsync(buffer, cancellation);
        }
        catch when (upload.Held >= LeastBytes)
        {
            // The connection broke: what has come of the part need not be sent again.
            using var time = new CancellationTokenSource(KeepTime);
            await upload.FlushAsync(time.Token);
            throw;
        }
    }

    /// <summary>Reads bytes that have already arrived. A proxy may fail if a request is answered before its body has ended.</summary>
    private async Task SkipAsync(Stream body, long bytes, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        try
        {
            while (bytes > 0)
            {
                var read = await body.ReadAsync(buffer.AsMemory(0, (int)Math.Min(bytes, ReadBytes)), cancellation);
                bytes -= read > 0 ? read : throw part.OtherLength("fewer");
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task<ETag> CommitAsync(ArrivedParts arrived, CancellationToken cancellation)
    {
        try
        {
            var options = new CommitBlockListOptions { Conditions = new() { IfNoneMatch = ETag.All } };
            return (await blob.CommitBlockListAsync(arrived.Blocks, options, cancellation)).Value.ETag;
        }
        catch (RequestFailedException e) when (e.IsWriteConflict() || e.ErrorCode == BlobErrorCode.InvalidBlockList)
        {
            // Another request has completed the file, or the client library has repeated a commit whose answer was lost.
            return await FindAsync(cancellation) ?? throw TransferFunctions.HasArrived(e);
        }
    }
}
