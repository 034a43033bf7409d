using System.Buffers.Binary;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Quotes;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Quotes;

public sealed class QualityCheckTests
{
    [Fact]
    public void Report_OfTwoMillionRows_CountsThoseThatComeAgainAndAllocatesSomeBytesForEach()
    {
        const int Rows = 2_000_000;
        const int Different = 1_500_000;
        var bytes = new byte[sizeof(int)];
        var before = GC.GetAllocatedBytesForCurrentThread();

        var check = new QualityCheck();
        for (var row = 0; row < Rows; row++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes, row % Different);
            check.Add(new ParsedRow(row, "the same", null, null, null), bytes);
        }

        var report = check.Report(blank: 0);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal((Rows, Rows - Different, Rows - 1), (report.CheckedRows, report.DuplicateRows, report.DuplicateIds));
        // Eight bytes for each row and for each id, and for sorting all ids, which are in one group.
        Assert.InRange(allocated, 0, 64 << 20);
    }
}
