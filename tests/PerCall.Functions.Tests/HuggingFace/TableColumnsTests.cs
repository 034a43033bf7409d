using System.Text;
using PerCall.Functions.HuggingFace;
using PerCall.Functions.Requests;
using Xunit;

namespace PerCall.Functions.Tests.HuggingFace;

public sealed class TableColumnsTests
{
    [Fact]
    public void Read_ColumnsOfAnyValues_AreRowsWhoseStringsHaveTheColumnsType()
    {
        var rows = Read("""{"a": ["1", 2, null], "b": [true, "", [1, {"c": 2}]]}""");

        Assert.Equal(
            ["a Untyped, b Bool", "a Number, b Missing", "a Missing, b Array"],
            rows.Select(r => string.Join(", ", r.Cells.Select(c => $"{c.Column} {c.Kind}"))));
    }

    [Theory]
    [InlineData("""{"a": [1, 2], "b": [1]}""", "the column 'b' has 1 values, and 'a' has 2; expected as many")]
    [InlineData("""{"a": [1], "b": [1, 2, 3]}""", "the column 'b' has 3 values, and 'a' has 1; expected as many")]
    [InlineData("""{"a": [], "b": [1]}""", "the column 'b' has 1 values, and 'a' has 0; expected as many")]
    [InlineData("""{"a": {"0": 1}}""", "the column 'a' is not an array of values")]
    [InlineData("""[{"a": 1}]""", "expected an object with an array of values for each column")]
    public void Read_ColumnsThatAreNoTable_AreRefused(string data, string message)
    {
        var refused = Assert.Throws<RefusedException>(() => Read(data));

        Assert.Equal(("malformed_json", "inputs.data"), (refused.Code, refused.Param));
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_MoreThanAThousandRows_AreRefused()
    {
        Assert.Equal(1000, Read($$"""{"a": [{{Values(1000)}}]}""").Count);

        var refused = Assert.Throws<RefusedException>(() => Read($$"""{"a": [{{Values(1001)}}]}"""));
        Assert.Equal("'inputs.data' has more than 1000 rows; allowed: 1 to 1000.", refused.Message);

        static string Values(int count) => string.Join(',', Enumerable.Repeat("1", count));
    }

    private static IReadOnlyList<Inference.Tables.TableRow> Read(string data) => JsonBody.Parse(
        Encoding.UTF8.GetBytes($$$"""{"inputs": {"data": {{{data}}}}}"""), HuggingFaceJson.Strict.PredictTableBody, "{}").Inputs!.Data!;
}
