using System.IO.Hashing;
using System.Text;
using PerCall.Client.Wire;
using PerCall.Functions.Batches.Formats;

namespace PerCall.Functions.Batches.Quotes;

/// <summary>Looks at rows, and remembers of them what a report needs: hashes of the first millions, so that what is found twice costs a bounded amount of memory.</summary>
internal sealed class QualityCheck
{
    private const int MostRemembered = 2_000_000;
    private const int MostExamples = 100;

    private static readonly HashSet<string> LengthFaults = new(StringComparer.Ordinal) { "row_too_long", "text_too_long", "body_too_large", "image_too_long" };

    private readonly HashSet<UInt128> _rows = [];
    private readonly HashSet<UInt128> _ids = [];
    private readonly SortedDictionary<string, long> _faults = new(StringComparer.Ordinal);
    private readonly List<BatchError> _examples = [];
    private long _checked;
    private long _duplicateRows;
    private long _duplicateIds;

    /// <summary>Units of single calls with the rows that can be scored.</summary>
    public long CallUnits { get; private set; }

    /// <summary>Rows that can be scored.</summary>
    public long Good => _checked - _faults.Values.Sum();

    public void Add(ParsedRow row, ReadOnlySpan<byte> bytes)
    {
        _checked++;
        CallUnits += row.Input?.Units ?? 0;
        if (row.Fault is { } fault)
        {
            _faults[fault.Code] = _faults.GetValueOrDefault(fault.Code) + 1;
            if (_examples.Count < MostExamples)
            {
                _examples.Add(new(fault.Code, fault.Message, fault.Param, row.Line));
            }
        }
        else if (IsKnown(_rows, bytes))
        {
            _duplicateRows++;
        }

        if (row.Id is { } id && IsKnown(_ids, Encoding.UTF8.GetBytes(id)))
        {
            _duplicateIds++;
        }
    }

    public QualityReport Report(long blank) => new()
    {
        CheckedRows = _checked,
        BadRows = _faults.Values.Sum(),
        TooLong = _faults.Where(f => LengthFaults.Contains(f.Key)).Sum(f => f.Value),
        EmptyRows = blank,
        DuplicateRows = _duplicateRows,
        DuplicateIds = _duplicateIds,
        Faults = _faults,
        Examples = _examples,
    };

    private static bool IsKnown(HashSet<UInt128> known, ReadOnlySpan<byte> bytes)
    {
        var hash = XxHash128.HashToUInt128(bytes);
        return known.Count < MostRemembered ? !known.Add(hash) : known.Contains(hash);
    }
}
