using Azure;
using Azure.Storage.Blobs.Specialized;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Journal;

/// <summary>The outcome of an append.</summary>
public enum AppendOutcome
{
    /// <summary>The lines are in the journal.</summary>
    Written,

    /// <summary>The lines are not in the journal and never will be: another process has closed the chain.</summary>
    Fenced,

    /// <summary>
    /// The lines are not in the journal and never will be: the blob is shorter than its acknowledged length, so nothing more is appended to
    /// it.
    /// </summary>
    Lost,

    /// <summary>The lines are not in the journal and never will be: storage refused every attempt, and the writer gave up.</summary>
    Refused,
}

/// <summary>Pauses after a failed attempt, and decides whether to try again.</summary>
/// <param name="fault">The error of the last attempt.</param>
/// <param name="mayGiveUp">Whether it is certain that nothing was written.</param>
/// <returns>False: give up.</returns>
public delegate Task<bool> Persistence(Exception fault, bool mayGiveUp);

/// <summary>One generation's chain of blobs, as its only writer sees it. Not thread-safe.</summary>
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

    /// <summary>The name of the current blob.</summary>
    public string Name { get; private set; }

    public long Offset { get; private set; }

    public int Blocks { get; private set; }

    public JournalPosition Position => new(Generation, Name, Offset);

    /// <summary>Opens a chain in the current hour, or in a later hour if this one is closed to new chains.</summary>
    /// <exception cref="RequestFailedException">
    /// Storage refused the request. Nothing has been written, and the call can be repeated.
    /// </exception>
    public static async Task<JournalChain> OpenAsync(
        JournalContainer container, JournalHours hours, DateTimeOffset now, CancellationToken cancellation)
    {
        var hour = JournalBlob.Hour(now);
        while (true)
        {
            var generation = Guid.CreateVersion7(now).ToString("n");
            var chain = new JournalChain(container, generation, JournalBlob.Name(hour, generation, 0));
            await chain._blob.EnsureAsync(cancellation);

            // The order matters; see JournalHours. A blob in a closed hour stays empty, and no reader needs it.
            var openFrom = await hours.OpenFromAsync(cancellation);
            if (string.CompareOrdinal(hour, openFrom) >= 0)
            {
                return chain;
            }

            hour = openFrom;
        }
    }

    /// <summary>Appends lines, and retries until the outcome is known.</summary>
    /// <param name="lines">Complete lines.</param>
    /// <param name="persist">Called after each failed attempt.</param>
    public Task<AppendOutcome> AppendAsync(ReadOnlyMemory<byte> lines, Persistence persist) =>
        _next is null ? AppendToBlobAsync(lines, persist) : throw new InvalidOperationException(
            "The blob is closed, and the next blob does not exist yet.");

    /// <summary>
    /// Continues the chain in a new blob. The chain never breaks: the old blob names the new one before the new one is created.
    /// </summary>
    public async Task<AppendOutcome> MoveAsync(DateTimeOffset now, Persistence persist)
    {
        if (_next is null)
        {
            var hour = JournalBlob.Hour(now);
            var next = JournalBlob.Name(
                string.CompareOrdinal(hour, JournalBlob.HourOf(Name)) > 0 ? hour : JournalBlob.HourOf(Name), Generation, _index + 1);
            var outcome = await AppendAsync(JournalLine.From(new JournalClose(next)).ToBytes(), persist);
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
                await blob.EnsureAsync(CancellationToken.None);
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

    /// <summary>Ends the chain. Nothing can be appended afterwards.</summary>
    public Task<AppendOutcome> EndAsync(Persistence persist) => AppendAsync(JournalLine.From(new JournalClose(null)).ToBytes(), persist);

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
                // Includes 412: an earlier attempt may have succeeded.
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

    /// <summary>Reads what is at the position of the lines, and returns the outcome; null if nothing is there or the read failed.</summary>
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
