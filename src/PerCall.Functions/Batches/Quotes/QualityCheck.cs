using System.Runtime.InteropServices;
using PerCall.Client.Wire;
using PerCall.Functions.Batches.Calls;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;

namespace PerCall.Functions.Batches.Quotes;

/// <summary>
/// Checks rows and collects what a quality report needs: eight bytes for each of the first two million rows, and for each of their ids.
/// </summary>
public sealed class QualityCheck
{
    private const int MostRemembered = 2_000_000;
    private const int MostExamples = 100;

    private static readonly HashSet<string> LengthFaults =
        new(StringComparer.Ordinal) { "row_too_long", "text_too_long", "body_too_large", "image_too_long" };

    private readonly KnownHashes _rows = new(MostRemembered);
    private readonly KnownHashes _ids = new(MostRemembered);
    private readonly SortedDictionary<string, long> _faults = new(StringComparer.Ordinal);
    private readonly List<BatchError> _examples = [];
    private long _checked;

    /// <summary>Returns the units that the valid rows would cost as single calls.</summary>
    public long CallUnits { get; private set; }

    /// <summary>Returns the most that the valid rows can use, if they are calls on a large model.</summary>
    public CallBounds Bounds { get; private set; }

    /// <summary>Returns the number of rows that can be scored.</summary>
    public long Good => _checked - _faults.Values.Sum();

    public void Add(ParsedRow row, ReadOnlySpan<byte> bytes)
    {
        _checked++;
        CallUnits += row.Input?.Units ?? 0;
        Bounds += row.Input is CallInput call ? call.Bounds : default;
        if (row.Fault is { } fault)
        {
            _faults[fault.Code] = _faults.GetValueOrDefault(fault.Code) + 1;
            if (_examples.Count < MostExamples)
            {
                _examples.Add(new(fault.Code, fault.Message, fault.Param, row.Line));
            }
        }
        else
        {
            _rows.Add(bytes);
        }

        if (row.Id is { } id)
        {
            _ids.Add(MemoryMarshal.AsBytes(id.AsSpan()));
        }
    }

    public QualityReport Report(long blank) => new()
    {
        CheckedRows = _checked,
        BadRows = _faults.Values.Sum(),
        TooLong = _faults.Where(f => LengthFaults.Contains(f.Key)).Sum(f => f.Value),
        EmptyRows = blank,
        DuplicateRows = _rows.Repeated(),
        DuplicateIds = _ids.Repeated(),
        Faults = _faults,
        Examples = _examples,
    };
}
