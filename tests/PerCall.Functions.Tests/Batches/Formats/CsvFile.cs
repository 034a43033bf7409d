using System.Text;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Planning;

namespace PerCall.Functions.Tests.Batches.Formats;

/// <summary>A row that was read: its text, or the code of its fault.</summary>
internal readonly record struct FoundRow(long Line, string Text, string? Code);

/// <summary>Reads a CSV file the way a batch does: looks at its beginning, cuts it, and reads it part by part.</summary>
internal sealed class CsvFile
{
    private readonly byte[] _bytes;
    private readonly InputProbe _probe;
    private readonly CsvColumns _columns;

    public CsvFile(string content)
        : this(Encoding.UTF8.GetBytes(content))
    {
    }

    public CsvFile(byte[] bytes, string name = "rows.csv")
    {
        _bytes = bytes;
        _probe = InputProbe.ReadAsync(() => new MemoryStream(bytes), name, new TableScorer(), null, default).GetAwaiter().GetResult();
        _columns = new(_probe.Columns!, _probe.Delimiter, new TableScorer());
    }

    public int Columns => _columns.Names.Count;

    public LineEnds LineEnds => _probe.LineEnds;

    public char Delimiter => _probe.Delimiter;

    /// <inheritdoc cref="CsvColumns.Require"/>
    public void Require() => _columns.Require();

    public IReadOnlyList<string> Fields(string record) => CsvColumns.Split(Encoding.UTF8.GetBytes(record), _probe.Delimiter, out _) ?? [];

    public FileCutter Cut(long bytes)
    {
        var cutter = new FileCutter(_probe.Delimiter, _probe.LineEnds, bytes, _probe.Start, _probe.StartLine);
        cutter.CutAsync(new MemoryStream(_bytes[(int)_probe.Start..]), default).GetAwaiter().GetResult();
        return cutter;
    }

    public List<FoundRow> Read() => Read(new(_probe.Start, long.MaxValue, _probe.StartLine));

    public List<FoundRow> Read(RecordRange range)
    {
        var stream = new MemoryStream(_bytes[(int)Math.Max(0, range.From - 1)..]);
        var reader = new RecordReader(
            stream, range, RecordScanner.Of(InputFormat.Csv, _probe.Delimiter, _probe.LineEnds), 1 << 20, _columns);
        using var batch = new RowBatch();
        List<FoundRow> rows = [];
        for (; reader.ReadAsync(batch, 5, default).AsTask().GetAwaiter().GetResult(); batch.Clear())
        {
            rows.AddRange(batch.Rows.Select(r => new FoundRow(r.Line, Encoding.UTF8.GetString(batch.BytesOf(r).Span), r.Fault?.Code)));
        }

        return rows;
    }

    /// <summary>
    /// Rows by the definition, character for character: what lies between line ends outside quotation marks, where it is not empty.
    /// </summary>
    public static int CountRows(string text)
    {
        var (rows, quoted, begins, blank) = (0, false, true, true);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            blank &= quoted ? false : c is ' ' or '\r' or '\n' or '\t';
            if (quoted)
            {
                quoted = c != '"' || (i + 1 < text.Length && text[i + 1] == '"');
                i += c == '"' && quoted ? 1 : 0;
                begins = false;
            }
            else if (c is '\r' or '\n')
            {
                rows += blank ? 0 : 1;
                (begins, blank) = (true, true);
            }
            else
            {
                quoted = c == '"' && begins;
                begins = c == ',';
            }
        }

        return rows + (blank ? 0 : 1);
    }
}
