using System.Runtime.CompilerServices;
using System.Text.Json;
using Azure.Storage.Blobs;
using PerCall.Client;
using PerCall.Client.Wire;

namespace PerCall.Functions.Audit;

/// <summary>Reads the stored audit log.</summary>
public sealed class AuditLines(BlobContainerClient container)
{
    private static readonly byte[] LineEnd = "\n"u8.ToArray();

    /// <summary>
    /// Returns all records after a position, in stored order. A damaged record is returned as <see cref="AuditChain.Unreadable"/>.
    /// </summary>
    public async IAsyncEnumerable<AuditRecord> ReadAsync(long after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var place = 0L;
        foreach (var blob in await NamesAsync(cancellation))
        {
            // Read whole: a month of the log is small, and a blob that grows meanwhile would change under a stream.
            var content = await container.GetBlobClient(blob).DownloadContentAsync(cancellation);
            foreach (var line in Lines(content.Value.Content.ToMemory()))
            {
                if (++place > after)
                {
                    yield return Parse(line.Span, place);
                }
            }
        }
    }

    public async Task<IReadOnlyList<string>> NamesAsync(CancellationToken cancellation)
    {
        var names = new List<string>();
        await foreach (var blob in container.GetBlobsAsync(cancellationToken: cancellation))
        {
            names.Add(blob.Name);
        }

        names.Sort(StringComparer.Ordinal);
        return names;
    }

    public static IEnumerable<ReadOnlyMemory<byte>> Lines(ReadOnlyMemory<byte> content)
    {
        while (!content.IsEmpty)
        {
            var end = content.Span.IndexOf((byte)'\n');
            yield return end < 0 ? content : content[..end];
            content = end < 0 ? default : content[(end + 1)..];
        }
    }

    public static byte[] LineOf(AuditRecord record) => [.. AuditChain.Write(record), .. LineEnd];

    public static AuditRecord Parse(ReadOnlySpan<byte> line, long place)
    {
        try
        {
            // The line has to be canonical, byte for byte; otherwise it could carry additions that the hash does not cover.
            return JsonSerializer.Deserialize(
                line, WireJson.Default.AuditRecord) is { } record && AuditChain.Write(record).AsSpan().SequenceEqual(line)
                ? record
                : AuditChain.Unreadable(place);
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            return AuditChain.Unreadable(place);
        }
    }
}
