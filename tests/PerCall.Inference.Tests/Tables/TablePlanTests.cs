using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Tables;
using Xunit;

namespace PerCall.Inference.Tests.Tables;

public sealed class TablePlanTests
{
    private const string Columns = """
        [
          {"name": "n", "type": "number"}, {"name": "flag", "type": "bool", "default": true},
          {"name": "size", "type": "category", "values": ["small", "large"], "default": "large"},
          {"name": "gap", "type": "number", "default": "nan"}
        ]
        """;

    private static readonly string Four = TablePackages.Tensor("x", "float32", "[-1, 4]");

    [Theory]
    [InlineData("""{}""", "missing_column", "n", "has no value for the column 'n', which has no default in the model table/1")]
    [InlineData("""{"n": null}""", "missing_column", "n", "has no value for the column 'n'")]
    [InlineData("""{"n": 1, "N": 2}""", "unknown_column", "N", "has no column 'N'; it has n, flag, size, gap")]
    [InlineData("""{"n": 1, "n": 1}""", "repeated_column", "n", "has the column 'n' twice")]
    [InlineData("""{"n": null, "n": 1}""", "repeated_column", "n", "has the column 'n' twice")]
    [InlineData("""{"n": "1"}""", "invalid_column_value", "n", "has the text '1'; expected a number")]
    [InlineData("""{"n": true}""", "invalid_column_value", "n", "has true; expected a number")]
    [InlineData("""{"n": {"a": [1]}}""", "invalid_column_value", "n", "has an object; expected a number")]
    [InlineData("""{"n": [1]}""", "invalid_column_value", "n", "has an array; expected a number")]
    [InlineData("""{"n": 1e400}""", "invalid_column_value", "n", "has a number that is not finite")]
    [InlineData("""{"n": 1e39}""", "invalid_column_value", "n", "has the number 1E+39; expected a number from -3.40282e+38 to 3.40282e+38")]
    [InlineData("""{"n": 1, "gap": "nan"}""", "invalid_column_value", "gap", "has the text 'nan'; expected a number")]
    [InlineData("""{"n": 1, "flag": 1}""", "invalid_column_value", "flag", "has the number 1; expected true or false")]
    [InlineData("""{"n": 1, "flag": "true"}""", "invalid_column_value", "flag", "has the text 'true'; expected true or false")]
    [InlineData("""{"n": 1, "size": "Small"}""", "unknown_category", "size", "has 'Small'; allowed: small, large")]
    [InlineData("""{"n": 1, "size": 0}""", "invalid_column_value", "size", "has the number 0; expected one of small, large")]
    public void Encode_ValueThatTheColumnDoesNotAllow_NamesTheColumn(string row, string code, string column, string problem)
    {
        var refusal = Assert.Throws<InvalidInputException>(
            () => TablePackages.Plan(Four, Columns).Encode(TablePackages.Row(row)));

        Assert.Equal((code, column), (refusal.Code, refusal.Param));
        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("flag", "yes", "invalid_column_value")]
    [InlineData("n", "1,5", "invalid_column_value")]
    [InlineData("n", "NaN", "invalid_column_value")]
    [InlineData("n", "∞", "invalid_column_value")]
    [InlineData("n", "1e999", "invalid_column_value")]
    [InlineData("size", "medium", "unknown_category")]
    public void Encode_CellOfAFileThatIsNotOfTheColumnsType_NamesTheColumn(string column, string text, string code)
    {
        var row = new TableRow([TableCell.OfFile("n", "1"), TableCell.OfFile(column, text)]);

        var refusal = Assert.Throws<InvalidInputException>(
            () => TablePackages.Plan(Four, Columns).Encode(column == "n" ? new TableRow([row.Cells[1]]) : row));

        Assert.Equal((code, column), (refusal.Code, refusal.Param));
    }

    [Fact]
    public void Tensors_OfValuesCellsAndDefaults_AreInTheOrderOfTheColumns()
    {
        var plan = TablePackages.Plan(Four, Columns);
        EncodedInput[] rows =
        [
            plan.Encode(TablePackages.Row("""{"gap": -0.5, "size": "small", "flag": false, "n": 7}""")),
            plan.Encode(TablePackages.Row("""{"n": 1e-3, "size": null}""")),
            plan.Encode(new TableRow([TableCell.OfFile("n", " 2.5e1 "), TableCell.OfFile("flag", "False"), TableCell.OfFile("size", "")])),
            plan.Encode(new TableRow([TableCell.OfFile("n", "-1"), TableCell.OfFile("flag", "0"), TableCell.OfFile("gap", "3")])),
        ];

        var tensors = plan.Tensors(rows);

        using var tensor = Assert.Single(tensors);
        Assert.Equal([4, 4], tensor.GetTensorTypeAndShape().Shape);
        Assert.Equal(
            [7, 0, 0, -0.5f, 0.001f, 1, 1, float.NaN, 25, 0, 1, float.NaN, -1, 0, 1, 3], tensor.GetTensorDataAsSpan<float>().ToArray());
    }

    [Theory]
    [InlineData("float16", 65504d, 65505d)]
    [InlineData("float64", 1e300, double.PositiveInfinity)]
    [InlineData("int8", -128d, -129d)]
    [InlineData("uint16", 65535d, 65536d)]
    [InlineData("uint64", 9007199254740992d, -1d)]
    [InlineData("uint8", 255d, 256d)]
    [InlineData("uint8", 0d, -1d)]
    [InlineData("int32", 2147483647d, 2147483648d)]
    [InlineData("int32", 3d, 3.5d)]
    [InlineData("int64", 9007199254740992d, 1e16)]
    public void Encode_NumberThatTheTensorCannotHold_IsNotRounded(string type, double holds, double other)
    {
        var plan = TablePackages.Plan(TablePackages.Tensor("x", type, "[-1, 1]"), """[{"name": "n", "type": "number"}]""");

        using var tensor = Assert.Single(plan.Tensors([plan.Encode(new TableRow([new("n", CellKind.Number, holds, null)]))]));

        Assert.Equal(holds, type switch
        {
            "float16" => (double)BitConverter.UInt16BitsToHalf(tensor.GetTensorDataAsSpan<Float16>()[0].value),
            "float64" => tensor.GetTensorDataAsSpan<double>()[0],
            "int8" => tensor.GetTensorDataAsSpan<sbyte>()[0],
            "uint16" => tensor.GetTensorDataAsSpan<ushort>()[0],
            "uint64" => tensor.GetTensorDataAsSpan<ulong>()[0],
            "uint8" => tensor.GetTensorDataAsSpan<byte>()[0],
            "int32" => tensor.GetTensorDataAsSpan<int>()[0],
            _ => tensor.GetTensorDataAsSpan<long>()[0],
        });
        Assert.Equal(
            "invalid_column_value",
            Assert.Throws<InvalidInputException>(() => plan.Encode(new TableRow([new("n", CellKind.Number, other, null)]))).Code);
    }

    [Fact]
    public void Tensors_OfBooleans_AreTrueOrFalse()
    {
        var plan = TablePackages.Plan(
            TablePackages.Tensor("x", "bool", "[-1, 2]"), """[{"name": "a", "type": "bool"}, {"name": "b", "type": "bool"}]""");

        using var tensor = Assert.Single(plan.Tensors([plan.Encode(TablePackages.Row("""{"a": true, "b": false}"""))]));

        Assert.Equal([true, false], tensor.GetTensorDataAsSpan<bool>().ToArray());
    }

    [Fact]
    public void Tensors_OneForEachColumn_HaveTheirShapesAndTheFixedNumberOfRows()
    {
        var plan = TablePackages.Plan(
            """
            [
              {"name": "city", "type": "string", "shape": [3, 1]}, {"name": "n", "type": "int64", "shape": [3]},
              {"name": "size", "type": "string", "shape": [3]}
            ]
            """,
            """
            [
              {"name": "n", "type": "number", "tensor": "n"}, {"name": "city", "type": "text", "tensor": "city", "default": ""},
              {"name": "size", "type": "category", "values": ["small", "large"], "tensor": "size"}
            ]
            """);

        var tensors = plan.Tensors([
            plan.Encode(TablePackages.Row("""{"n": 1, "city": "Oslo\u0000", "size": "large"}""")),
            plan.Encode(TablePackages.Row("""{"n": 2, "size": "small"}""")),
        ]);

        Assert.Equal(3, plan.Batch);
        Assert.Equal([[3, 1], [3], [3]], tensors.Select(t => t.GetTensorTypeAndShape().Shape));
        Assert.Equal(["", ""], tensors[0].GetStringTensorAsArray()[1..]);
        Assert.Equal([1, 2, 2], tensors[1].GetTensorDataAsSpan<long>().ToArray());
        Assert.Equal(["large", "small", "small"], tensors[2].GetStringTensorAsArray());
        Array.ForEach(tensors, t => t.Dispose());
    }

    [Fact]
    public void Encode_TextWhereRowsAreRead_SaysWhatTheModelReads()
    {
        var refusal = Assert.Throws<InvalidInputException>(
            () => TablePackages.Plan(Four, Columns).Encode(new PerCall.Inference.Text.Passage("a")));

        Assert.Equal("wrong_input", refusal.Code);
    }
}
