using System.Buffers.Binary;
using Azure;
using Azure.Storage.Blobs.Models;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Batches.Jobs;

namespace PerCall.Functions.Batches.Shards;

/// <summary>Stores where a job's file is cut: one record of 32 bytes per shard, so that any cut takes one short read.</summary>
public sealed class ShardCuts(WorkFiles files)
{
    private const int RecordBytes = 32;

    public async Task WriteAsync(Job job, string name, IReadOnlyList<ShardCut> cuts, CancellationToken cancellation)
    {
        var bytes = new byte[cuts.Count * RecordBytes];
        for (var i = 0; i < cuts.Count; i++)
        {
            var record = bytes.AsSpan(i * RecordBytes, RecordBytes);
            BinaryPrimitives.WriteInt64LittleEndian(record, cuts[i].From);
            BinaryPrimitives.WriteInt64LittleEndian(record[8..], cuts[i].To);
            BinaryPrimitives.WriteInt64LittleEndian(record[16..], cuts[i].Line);
            BinaryPrimitives.WriteInt64LittleEndian(record[24..], cuts[i].Rows);
        }

        using var content = new MemoryStream(bytes);
        await files.Blob(job, name).UploadAsync(content, cancellationToken: cancellation);
    }

    /// <summary>Reads consecutive cuts.</summary>
    public async Task<IReadOnlyList<ShardCut>> ReadAsync(Job job, int first, int count, CancellationToken cancellation)
    {
        if (count == 0)
        {
            return [];
        }

        var options = new BlobDownloadOptions { Range = new HttpRange((long)first * RecordBytes, (long)count * RecordBytes) };
        var bytes = (await files.Blob(job, job.Plan!.Cuts).DownloadContentAsync(options, cancellation)).Value.Content.ToMemory();
        return [.. Enumerable.Range(0, count).Select(i => Read(bytes.Span.Slice(i * RecordBytes, RecordBytes)))];
    }

    private static ShardCut Read(ReadOnlySpan<byte> record) => new(
        BinaryPrimitives.ReadInt64LittleEndian(record),
        BinaryPrimitives.ReadInt64LittleEndian(record[8..]),
        BinaryPrimitives.ReadInt64LittleEndian(record[16..]),
        BinaryPrimitives.ReadInt64LittleEndian(record[24..]));
}
