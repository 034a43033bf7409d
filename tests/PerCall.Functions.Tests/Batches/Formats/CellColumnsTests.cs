using System.Text;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Planning;
using PerCall.Functions.Requests;
using PerCall.Functions.Tests.Predict;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Formats;

/// <summary>CSV files whose columns are those of the model.</summary>
public sealed class CellColumnsTests
{
    [Fact]
    public void ToJson_ColumnsOfTheModel_AreCellsAndTextsAsTheyStand()
    {
        var columns = Columns("ID", " wine type ", "alcohol", "Model", "Rows", "top_k");
        columns.Require();

        Assert.Equal(["wine type", "alcohol", "Rows", "top_k"], columns.Cells);
        Assert.Equal(5, columns.Known);
        Assert.Equal(
            """{"model":"wine/2","$cells":{"wine type":" red","alcohol":"","Rows":"1","top_k":"x"}}""",
            Encoding.UTF8.GetString(columns.ToJson(["7", " red", "", "wine/2", "1", "x"])));
        Assert.Equal("7", columns.IdOf(["7", "", "", "", "", ""]));
    }

    [Theory]
    [InlineData("a, a", "duplicate_column", "a")]
    [InlineData("id,custom_id,a", "duplicate_column", "custom_id")]
    [InlineData("id,model", "no_known_column", null)]
    public void Require_HeaderThatDeterminesNoRow_IsRefused(string header, string code, string? param)
    {
        var refusal = Assert.Throws<RefusedException>(() => Columns(header.Split(',')).Require());

        Assert.Equal((code, param), (refusal.Code, refusal.Param));
    }

    [Fact]
    public void Require_NamesThatDifferInCase_AreTwoColumns() => Columns("a", "A").Require();

    [Theory]
    [InlineData("a,b;c\n1,2\n", ',', 2)]
    [InlineData("a;b\n1,5;2\n", ';', 2)]
    [InlineData("a\tb\tc\n1\t2\t3\n", '\t', 3)]
    public async Task Probe_DelimiterWithTheMostColumns_IsTaken(string content, char delimiter, int count)
    {
        var probe = await InputProbe.ReadAsync(
            () => new MemoryStream(Encoding.UTF8.GetBytes(content)), "rows.csv", Readers.Tables, null,
            TestContext.Current.CancellationToken);

        Assert.Equal((delimiter, count), (probe.Delimiter, probe.Columns!.Count));
    }

    private static CsvColumns Columns(params string[] names) => new(names, ',', Readers.Tables);
}
