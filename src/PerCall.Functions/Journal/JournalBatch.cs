using System.Buffers;

namespace PerCall.Functions.Journal;

/// <summary>Events that are written with one append, and their lines. One, filled again and again.</summary>
public sealed class JournalBatch(JournalLimits limits)
{
    private readonly ArrayBufferWriter<byte> _lines = new(64 << 10);
    private readonly ArrayBufferWriter<byte> _line = new(1 << 10);

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
            if (!TryWriteLine(one, generation))
            {
                continue;
            }

            if (_lines.WrittenCount > 0 && _lines.WrittenCount + _line.WrittenCount > limits.BytesPerAppend)
            {
                waiting.PutBack([one]);
                break;
            }

            _lines.Write(_line.WrittenSpan);
            Events.Add(one);
        }
    }

    /// <summary>Leaves the line in its buffer; nothing for one without an event.</summary>
    /// <returns>False: the event cannot be written, which it has been told.</returns>
    private bool TryWriteLine(WaitingEvent one, string generation)
    {
        _line.ResetWrittenCount();
        try
        {
            if (one.Usage is { } usage)
            {
                JournalLine.From(usage, generation).WriteTo(_line);
            }

            if (_line.WrittenCount <= limits.BytesPerLine)
            {
                return true;
            }

            one.NotWritten(new ArgumentException(
                $"The event has {_line.WrittenCount:N0} bytes; allowed: at most {limits.BytesPerLine:N0}."));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            one.NotWritten(e);
        }

        return false;
    }
}
