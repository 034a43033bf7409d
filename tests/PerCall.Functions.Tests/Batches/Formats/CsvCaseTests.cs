using PerCall.Functions.Requests;
using PerCall.Testing;
using PerCall.Testing.Batches;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Formats;

/// <summary>Tables that were once read wrongly.</summary>
public sealed class CsvCaseTests
{
    private const string Mixed = "mixed_line_ends";

    [Theory]
    [MemberData(nameof(CaseTables.Rows), MemberType = typeof(CaseTables))]
    public void Read_OfCases_GivesEveryRowOrItsFault(string file, int rows, int faults)
    {
        var table = new CsvFile(Repository.Case(file));

        var found = table.Read();

        Assert.Equal(rows, found.Count(r => r.Code is null && table.Fields(r.Text).Count == table.Columns));
        Assert.Equal(faults, found.Count(r => r.Code == Mixed));
        Assert.Equal(rows + faults, found.Count);
        Assert.Equal(found.Count, table.Cut(1).Rows);
    }

    [Theory]
    [InlineData("duphead.csv", "duplicate_column")]
    [InlineData("texinput.csv", "duplicate_column")]
    [InlineData("userid.csv", "no_known_column")]
    public void Require_OfAHeaderThatLeavesOpenWhatIsScored_Refuses(string file, string code) =>
        Assert.Equal(code, Assert.Throws<RefusedException>(() => new CsvFile(Repository.Case(file)).Require()).Code);

    [Theory]
    [InlineData("a.tar.gz", "unsupported_format")]
    [InlineData("prefix.zip", "damaged_archive")]
    public void Read_OfOtherFiles_NamesWhatTheyAre(string file, string code) =>
        Assert.Equal(code, Assert.Throws<RefusedException>(() => new CsvFile(Repository.Case(file), file)).Code);
}
