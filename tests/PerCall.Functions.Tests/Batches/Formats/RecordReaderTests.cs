using System.Text;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Shards;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Formats;

/// <summary>A file that is cut by bytes alone: whoever reads a range reads the rows that begin in it.</summary>
public sealed class RecordReaderTests
{
    private static readonly string[] Files =
    [
        "{\"a\": 1}\n{\"b\": 2}\n{\"c\": 3}\n",
        "\uFEFF{\"a\": 1}\r\n\r\n{\"b\": \"ü€𝄞\"}\r\n   \r\n{\"c\": 3}",
        "\n\n\nfirst\n\n\nsecond\n",
        "one",
        "x\ny\nz",
        $"short\n{new string('l', 300)}\nshort again\n{new string('m', 999)}\n\nend\n",
    ];

    public static TheoryData<int, bool> Cases =>
        [.. from file in Enumerable.Range(0, Files.Length) from slow in (bool[])[false, true] select (file, slow)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Read_InPartsOfEveryLength_GivesEachRowOnceWithItsLine(int which, bool slow)
    {
        var file = Encoding.UTF8.GetBytes(Files[which]);
        var wanted = Rows(Files[which]);
        foreach (var length in Enumerable.Range(1, file.Length).Where(l => l < 40 || l % 13 == 0 || l == file.Length))
        {
            var plan = PlanOf(file, length);
            var (counts, ends) = await LineCount.CountAsync(new MemoryStream(file), 0, file.Length, length, (byte)'\n', default);
            var cuts = LineCounter.Cuts(plan, counts, ends);
            List<string> found = [];
            foreach (var cut in cuts)
            {
                found.AddRange(await RecordRows.ReadAsync(
                    file, new(cut.From, cut.To, cut.Line), new LineScanner(LineEnds.LineFeed), slow: slow));
            }

            Assert.True(
                wanted.SequenceEqual(found),
                $"Parts of {length} bytes:\n{string.Join('\n', found)}\nwhere these are due:\n{string.Join('\n', wanted)}");
            // What is set aside for is at least what there is: lines of blanks alone are counted with the rows.
            Assert.InRange(cuts.Sum(c => c.Rows), wanted.Count, wanted.Count + 2);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    [InlineData(700)]
    [InlineData(5000)]
    public async Task Count_InParts_IsTheCountOfAll(int length)
    {
        var file = Encoding.UTF8.GetBytes(string.Concat(Files));
        var (all, _) = await LineCount.CountAsync(new MemoryStream(file), 0, file.Length, length, (byte)'\n', default);
        List<LineCount> parts = [];
        for (long from = 0; from < file.Length; from += 3L * length)
        {
            var start = (int)Math.Max(0, from - 1);
            parts.AddRange((await LineCount.CountAsync(
                new MemoryStream(file[start..]),
                from,
                Math.Min(file.Length, from + (3L * length)),
                length,
                (byte)'\n',
                default)).Shards);
        }

        Assert.Equal(all.Sum(c => c.Ended), parts.Sum(c => c.Ended));
        Assert.Equal(all.Select(c => c.Ended), parts.Select(c => c.Ended));
        Assert.Equal(parts, LineCount.Unpack(LineCount.Pack(parts)));
    }

    [Fact]
    public async Task Read_OfARowThatIsTooLong_NamesItAndGoesOn()
    {
        var file = Encoding.UTF8.GetBytes($"a\n{new string('x', 5_000_000)}\nb\n{new string('y', 1001)}\n{new string('z', 1000)}\nc");

        var rows = await RecordRows.ReadAsync(file, new(0, file.Length, 1), new LineScanner(LineEnds.LineFeed));

        Assert.Equal(["1:a", "2!row_too_long", "3:b", "4!row_too_long", $"5:{new string('z', 1000)}", "6:c"], rows);
    }

    [Fact]
    public async Task Read_OfARangeWithinARowThatIsTooLong_IsNothing()
    {
        var file = Encoding.UTF8.GetBytes($"a\n{new string('x', 500_000)}\nb\n");

        Assert.Empty(await RecordRows.ReadAsync(file, new(10_000, 20_000, 2), new LineScanner(LineEnds.LineFeed)));
        Assert.Equal(["2!row_too_long"], await RecordRows.ReadAsync(file, new(1, 20_000, 1), new LineScanner(LineEnds.LineFeed)));
        Assert.Equal(["3:b"], await RecordRows.ReadAsync(file, new(400_000, file.Length, 2), new LineScanner(LineEnds.LineFeed)));
    }

    [Fact]
    public async Task Read_OfMillionsOfEmptyLines_IsNothingAndCountsThem()
    {
        var file = new byte[3_000_000];
        Array.Fill(file, (byte)'\n');
        await using var reader = new RecordReader(
            new MemoryStream(file), new(0, file.Length, 1), new LineScanner(LineEnds.LineFeed), RecordRows.MaxBytes);
        using var batch = new RowBatch();

        Assert.False(await reader.ReadAsync(batch, 1, default));
        Assert.Equal(file.Length, reader.Blank);
    }

    private static List<string> Rows(string file) => [.. file.TrimStart('\uFEFF').Split('\n')
        .Select((text, i) => (Line: i + 1, Text: text.TrimEnd('\r')))
        .Where(r => r.Text.Trim(' ', '\t').Length > 0)
        .Select(r => $"{r.Line}:{r.Text}")];

    private static JobPlan PlanOf(byte[] file, long shardBytes) => new()
    {
        Source = new("files", "file", "", file.Length),
        Format = InputFormat.JsonLines,
        ModelName = "digits",
        ModelVersion = "1",
        Price = new("batch", "*", "batch_row", 1),
        Currency = "EUR",
        ShardBytes = shardBytes,
    };
}
