using System.Runtime.CompilerServices;
using Azure;
using Microsoft.Extensions.Logging;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Journal;

/// <summary>Closes the journal of an instance that is presumed dead, so that nothing more can be written to it.</summary>
public sealed partial class JournalFence(JournalContainer container, JournalReader reader, TimeProvider time, ILogger<JournalFence> log)
{
    /// <summary>Fences the chain at its current end, and returns all events after a position. Can be repeated.</summary>
    public async IAsyncEnumerable<UsageEvent> CloseAsync(JournalPosition from, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var offset = from.Offset;
        for (var blob = from.Blob; blob is not null;)
        {
            JournalLine? mark = null;
            await foreach (var entry in ReadToMarkAsync(blob, offset, cancellation))
            {
                if (entry.Line.IsMark)
                {
                    mark = entry.Line;
                }
                else
                {
                    yield return entry.Line.ToEvent();
                }
            }

            (blob, offset) = (mark?.Close?.Next, 0);
        }
    }

    /// <summary>
    /// Returns whether a charge was written after a position. Fences the chain first, so that the charge cannot be written later.
    /// </summary>
    public async Task<bool> HoldsAsync(JournalPosition from, string charge, CancellationToken cancellation) =>
        // Reads to the end, because that is where the fence is written.
        await CloseAsync(from, cancellation).CountAsync(e => e.Id == charge, cancellation) > 0;

    /// <summary>
    /// Reads the lines of one blob from an offset up to and including its first mark. If the blob has no mark, appends a fence.
    /// </summary>
    public async IAsyncEnumerable<JournalEntry> ReadToMarkAsync(
        string blob, long offset, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (!await reader.ReachesAsync(blob, offset, cancellation))
        {
            // The offset is beyond the blob's end, so nothing can follow it. Close the blob at its current end.
            LogLost(blob, offset);
            await foreach (var entry in ReadToMarkAsync(blob, 0, cancellation))
            {
                if (entry.Line.IsMark)
                {
                    yield return entry;
                }
            }

            yield break;
        }

        while (true)
        {
            await using (var entries = reader.ReadAsync(blob, offset, cancellation: cancellation).GetAsyncEnumerator(cancellation))
            {
                while (await MoveNextAsync(entries))
                {
                    yield return entries.Current;
                    offset = entries.Current.End;
                    if (entries.Current.Line.IsMark)
                    {
                        yield break;
                    }
                }
            }

            await AppendFenceAsync(blob, cancellation);
        }
    }

    /// <summary>Appends a fence to a blob that has no mark or does not exist.</summary>
    public async Task SealAsync(string blob, CancellationToken cancellation)
    {
        await foreach (var _ in ReadToMarkAsync(blob, 0, cancellation))
        {
        }
    }

    private static async Task<bool> MoveNextAsync(IAsyncEnumerator<JournalEntry> entries)
    {
        try
        {
            return await entries.MoveNextAsync();
        }
        catch (RequestFailedException e) when (e.IsBlobNotFound())
        {
            // The previous blob names this one, but its writer has not created it yet. Create it here, with a fence.
            return false;
        }
    }

    /// <summary>
    /// Appends a fence at the blob's current end. If the writer has closed the blob in the meantime, its close comes first and counts.
    /// </summary>
    private async Task AppendFenceAsync(string blob, CancellationToken cancellation)
    {
        var client = container.Blob(blob);
        await client.EnsureAsync(cancellation);
        using var line = new MemoryStream(JournalLine.From(new JournalFenceMark(time.GetUtcNow())).ToBytes());
        await client.AppendBlockAsync(line, cancellationToken: cancellation);
    }

    [LoggerMessage(
        Level = LogLevel.Critical,
        Message =
            "Storage lost acknowledged data: the journal {Blob} had {Offset} bytes. The journal was closed; its remaining entries count")]
    private partial void LogLost(string blob, long offset);
}
