using System.Runtime.CompilerServices;
using Azure;
using Microsoft.Extensions.Logging;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Journal;

/// <summary>Closes the journal of an instance that is taken for dead, so that what it has written is all that it ever will have.</summary>
public sealed partial class JournalFence(JournalContainer container, JournalReader reader, TimeProvider time, ILogger<JournalFence> log)
{
    /// <summary>
    /// Fences the chain, wherever it has got to by now, and returns all events behind a position. Can be done any number of times.
    /// </summary>
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

    /// <summary>Whether a charge was written behind a position. The chain is fenced first, so that it cannot be afterwards.</summary>
    public async Task<bool> HoldsAsync(JournalPosition from, string charge, CancellationToken cancellation) =>
        // To the end, since the fence is put there.
        await CloseAsync(from, cancellation).CountAsync(e => e.Id == charge, cancellation) > 0;

    /// <summary>Lines of one blob from an offset on, with a mark as their last: one of the writer's, or a fence put there now.</summary>
    public async IAsyncEnumerable<JournalEntry> ReadToMarkAsync(
        string blob, long offset, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (!await reader.ReachesAsync(blob, offset, cancellation))
        {
            // Nothing can stand behind what is not there: it is closed where it ends now.
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

    /// <summary>Puts a fence into a blob that has no mark, or is not there.</summary>
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
            // Closed with a next one that its writer has not made yet: it is made here, with a fence in it.
            return false;
        }
    }

    /// <summary>Behind whatever is there. If the writer has closed the blob in between, the close comes first and counts.</summary>
    private async Task AppendFenceAsync(string blob, CancellationToken cancellation)
    {
        var client = container.Blob(blob);
        await JournalContainer.EnsureAsync(client, cancellation);
        using var line = new MemoryStream(new JournalLine { Fence = new(time.GetUtcNow()) }.ToBytes());
        await client.AppendBlockAsync(line, cancellationToken: cancellation);
    }

    [LoggerMessage(
        Level = LogLevel.Critical,
        Message =
            "Storage lost acknowledged data: the journal {Blob} had {Offset} bytes. The journal was closed; its remaining entries count")]
    private partial void LogLost(string blob, long offset);
}
