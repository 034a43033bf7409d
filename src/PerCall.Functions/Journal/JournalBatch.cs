using System.Buffers;

namespace PerCall.Functions.Journal;

/// <summary>The events of one append, and their lines. One batch is reused for all appends.</summary>
public sealed class JournalBatch(JournalLimits limits)
{
    private readonly ArrayBufferWriter<byte> _lines = new(64 << 10);
    private readonly ArrayBufferWriter<byte> _line = new(1 << 10);

    public List<WaitingEvent> Events { get; } = [];

    public ReadOnlyMemory<byte> Lines => _lines.WrittenMemory;

    /// <summary>
    /// Takes waiting events until the append is full. Fails an event that cannot be written, without holding up the others.
    /// </summary>
    /// <param name="waiting">The source of the events, in order.</param>
    /// <param name="generation">The journal's generation. Events of other generations are left.</param>
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

    /// <summary>
    /// Writes the lines of a charge's events into the line buffer, which are then written together; leaves the buffer empty if there are
    /// no events.
    /// </summary>
    /// <returns>False: an event cannot be written, and the task of the charge has failed.</returns>
    private bool TryWriteLine(WaitingEvent one, string generation)
    {
        _line.ResetWrittenCount();
        try
        {
            for (var i = 0; i < (one.Usage?.Count ?? 0); i++)
            {
                var before = _line.WrittenCount;
                JournalLine.From(one.Usage!.Value[i], generation).WriteTo(_line);
                if (_line.WrittenCount - before > limits.BytesPerLine)
                {
                    throw new ArgumentException(
                        $"The event has {_line.WrittenCount - before:N0} bytes; allowed: at most {limits.BytesPerLine:N0}.");
                }
            }

            return true;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            one.NotWritten(e);
            return false;
        }
    }
}
