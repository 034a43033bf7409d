using System.Buffers;

namespace PerCall.Functions.Metering.Journal;

/// <summary>Events that are written with one append, and their lines. One, filled again and again.</summary>
internal sealed class JournalBatch(JournalLimits limits)
{
    private readonly ArrayBufferWriter<byte> _lines = new(64 << 10);

    public List<WaitingEvent> Events { get; } = [];

    public ReadOnlyMemory<byte> Lines => _lines.WrittenMemory;

    /// <summary>Takes all that wait and fit. One that cannot be written at all is told so, and does not keep the others.</summary>
    /// <param name="waiting">Where they are taken from, in order.</param>
    /// <param name="generation">That of the journal; of others nothing is taken.</param>
    public void Fill(WaitingEvents waiting, string generation)
    {
        Events.Clear();
        _lines.ResetWrittenCount();
        while (waiting.TakeIf(w => w.Generation is null || w.Generation == generation) is { } one)
        {
            if (Line(one, generation) is not { } line)
            {
                continue;
            }

            if (_lines.WrittenCount > 0 && _lines.WrittenCount + line.Length > limits.BytesPerAppend)
            {
                waiting.PutBack([one]);
                break;
            }

            _lines.Write(line);
            Events.Add(one);
        }
    }

    /// <returns>Empty for one without an event; null if the event cannot be written, which it has been told then.</returns>
    private byte[]? Line(WaitingEvent one, string generation)
    {
        try
        {
            var line = one.Usage is { } usage ? JournalLine.From(usage, generation).ToBytes() : [];
            if (line.Length <= limits.BytesPerLine)
            {
                return line;
            }

            one.NotWritten(new ArgumentException($"The event has {line.Length:N0} bytes; {limits.BytesPerLine:N0} is the most."));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            one.NotWritten(e);
        }

        return null;
    }
}
