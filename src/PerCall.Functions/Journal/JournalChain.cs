using Azure;
using Azure.Storage.Blobs.Specialized;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Journal;

/// <summary>What became of an append.</summary>
public enum AppendOutcome
{
    /// <summary>It is in the journal.</summary>
    Written,

    /// <summary>It is not and never will be: another has closed the chain.</summary>
    Fenced,

    /// <summary>
    /// It is not and never will be: the blob is shorter than what it has acknowledged, so that nothing goes behind it any more.
    /// </summary>
    Lost,

    /// <summary>It is not and never will be: storage has refused it all the time, and it was not tried further.</summary>
    Refused,
}

/// <summary>Decides whether to go on trying, after a pause.</summary>
/// <param name="fault">Why the last try failed.</param>
/// <param name="mayGiveUp">Whether nothing has been written for certain.</param>
/// <returns>False: give up.</returns>
public delegate Task<bool> Persistence(Exception fault, bool mayGiveUp);

/// <summary>One generation's blobs, as their only writer sees them. Not thread-safe.</summary>
public sealed class JournalChain
{
    private readonly JournalContainer _container;
    private int _index;
    private AppendBlobClient _blob;
    private string? _next;

    private JournalChain(JournalContainer container, string generation, string name)
    {
        _container = container;
        Generation = generation;
        Name = name;
        _blob = container.Blob(name);
    }

    public string Generation { get; }

    /// <summary>The blob that is written now.</summary>
    public string Name { get; private set; }

    public long Offset { get; private set; }

    public int Blocks { get; private set; }

    public JournalPosition Position => new(Generation, Name, Offset);

    /// <summary>Begins a chain in this hour, or in a later one if this one is not open for new chains any more.</summary>
    /// <exception cref="RequestFailedException">Storage does not do it. Nothing has been written; it can be tried again.</exception>
    public static async Task<JournalChain> OpenAsync(
        JournalContainer container, JournalHours hours, DateTimeOffset now, CancellationToken cancellation)
    {
        var hour = JournalBlob.Hour(now);
        while (true)
        {
            var generation = Guid.CreateVersion7(now).ToString("n");
            var chain = new JournalChain(container, generation, JournalBlob.Name(hour, generation, 0));
            await JournalContainer.EnsureAsync(chain._blob, cancellation);

            // In this order: see JournalHours. A blob in an hour that is not open stays empty, and nobody needs to know it.
            var openFrom = await hours.OpenFromAsync(cancellation);
            if (string.CompareOrdinal(hour, openFrom) >= 0)
            {
                return chain;
            }

            hour = openFrom;
        }
    }

    /// <summary>Appends until it is known what became of it.</summary>
    /// <param name="lines">Whole lines.</param>
    /// <param name="persist">Asked after each failed try.</param>
    public Task<AppendOutcome> AppendAsync(ReadOnlyMemory<byte> lines, Persistence persist) =>
        _next is null ? AppendToBlobAsync(lines, persist) : throw new InvalidOperationException(
            "The blob is closed, and the next blob does not exist yet.");

    /// <summary>Goes on to a new blob. The chain is broken off nowhere: the old blob names the new one before that is made.</summary>
    public async Task<AppendOutcome> MoveAsync(DateTimeOffset now, Persistence persist)
    {
        if (_next is null)
        {
            var hour = JournalBlob.Hour(now);
            var next = JournalBlob.Name(
                string.CompareOrdinal(hour, JournalBlob.HourOf(Name)) > 0 ? hour : JournalBlob.HourOf(Name), Generation, _index + 1);
            var outcome = await AppendAsync(new JournalLine { Close = new(next) }.ToBytes(), persist);
            if (outcome != AppendOutcome.Written)
            {
                return outcome;
            }

            _next = next;
        }

        var blob = _container.Blob(_next);
        while (true)
        {
            try
            {
                await JournalContainer.EnsureAsync(blob, CancellationToken.None);
                break;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                if (!await persist(e, mayGiveUp: true))
                {
                    return AppendOutcome.Refused;
                }
            }
        }

        (_blob, Name, _next, Offset, Blocks) = (blob, _next, null, 0, 0);
        _index++;
        return AppendOutcome.Written;
    }

    /// <summary>Ends the chain: nothing can be appended afterwards.</summary>
    public Task<AppendOutcome> EndAsync(Persistence persist) => AppendAsync(new JournalLine { Close = new(null) }.ToBytes(), persist);

    private async Task<AppendOutcome> AppendToBlobAsync(ReadOnlyMemory<byte> lines, Persistence persist)
    {
        var neverSent = true;
        while (true)
        {
            Exception fault;
            try
            {
                await _blob.AppendAtAsync(Offset, lines, CancellationToken.None);
                return Written(lines.Length);
            }
            catch (RequestFailedException e) when (e.IsNotFound())
            {
                return AppendOutcome.Fenced;
            }
            catch (RequestFailedException e) when (e.IsRejected())
            {
                fault = e;
            }
            catch (Exception e)
            {
                // 412 too: an earlier try may have come through after all.
                (fault, neverSent) = (e, false);
            }

            if (!neverSent && await LookAsync(lines) is { } outcome)
            {
                return outcome;
            }

            if (!await persist(fault, neverSent) && neverSent)
            {
                return AppendOutcome.Refused;
            }
        }
    }

    /// <summary>What stands where the lines were to go; null: nothing, or that cannot be read.</summary>
    private async Task<AppendOutcome?> LookAsync(ReadOnlyMemory<byte> lines)
    {
        AppendedBytes found;
        try
        {
            found = await _blob.LookAtAsync(Offset, lines, CancellationToken.None);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return null;
        }

        return found switch
        {
            AppendedBytes.Same => Written(lines.Length),
            AppendedBytes.None => await IsShorterAsync() ? AppendOutcome.Lost : null,
            _ => AppendOutcome.Fenced,
        };
    }

    private async Task<bool> IsShorterAsync()
    {
        try
        {
            return (await _blob.GetPropertiesAsync(cancellationToken: CancellationToken.None)).Value.ContentLength < Offset;
        }
        catch (RequestFailedException)
        {
            return false;
        }
    }

    private AppendOutcome Written(int length)
    {
        Offset += length;
        Blocks++;
        return AppendOutcome.Written;
    }
}
