using Azure;
using Azure.Storage.Blobs.Specialized;

namespace PerCall.Functions.Storage;

/// <summary>What an append blob contains at the position of an append.</summary>
public enum AppendedBytes
{
    /// <summary>The blob ends at the position, or before it.</summary>
    None,

    /// <summary>The bytes of the append: an earlier attempt has written them.</summary>
    Same,

    /// <summary>The bytes of another writer.</summary>
    Others,

    /// <summary>The blob does not exist.</summary>
    NoBlob,
}

/// <summary>
/// Appends at an expected position, which storage does at most once. When the outcome is unknown, reading at the position determines it.
/// </summary>
public static class PositionedAppends
{
    /// <summary>
    /// Creates a blob unless it exists: an earlier attempt or another process may have created it. Storage answers 409 then, also where a
    /// policy forbids to replace the blob.
    /// </summary>
    public static async Task EnsureAsync(this AppendBlobClient blob, CancellationToken cancellation)
    {
        try
        {
            await blob.CreateAsync(new() { Conditions = new() { IfNoneMatch = ETag.All } }, cancellation);
        }
        catch (RequestFailedException e) when (e.IsWriteConflict())
        {
            // The first append shows who owns the blob.
        }
    }

    /// <summary>Appends if the blob ends at the position.</summary>
    /// <exception cref="RequestFailedException">
    /// 404: the blob does not exist. 412: the blob ends elsewhere; an earlier attempt may have appended these bytes.
    /// </exception>
    public static async Task AppendAtAsync(
        this AppendBlobClient blob, long position, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        using var content = BinaryData.FromBytes(bytes).ToStream();
        await blob.AppendBlockAsync(content, new() { Conditions = new() { IfAppendPositionEqual = position } }, cancellation);
    }

    /// <summary>Reads what the blob contains at the position of an append.</summary>
    /// <exception cref="RequestFailedException">Storage fails.</exception>
    public static async Task<AppendedBytes> LookAtAsync(
        this AppendBlobClient blob, long position, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        try
        {
            using var found = (await blob.DownloadStreamingAsync(new() { Range = new(position, bytes.Length) }, cancellation)).Value;
            var there = new byte[bytes.Length];
            var count = await found.Content.ReadAtLeastAsync(there, there.Length, throwOnEndOfStream: false, cancellation);
            return count == 0 ? AppendedBytes.None
                : there.AsSpan(0, count).SequenceEqual(bytes.Span) ? AppendedBytes.Same
                : AppendedBytes.Others;
        }
        catch (RequestFailedException e) when (e.IsNotFound())
        {
            return AppendedBytes.NoBlob;
        }
        catch (RequestFailedException e) when (e.IsBehindTheEnd())
        {
            return AppendedBytes.None;
        }
    }
}
