using PerCall.Inference.Packages;
using Xunit;

namespace PerCall.Inference.Tests.Tables;

public sealed class TableManifestTests
{
    private const string N = """{"name": "n", "type": "number"}""";

    public static TheoryData<string, string, string, string> Faults => new()
    {
        { "float32 [-1, 1]", "", "table.columns", "has 0 columns; allowed: 1 to 1000" },
        { "float32 [-1, 1]", "null", "table.columns[0]", "is null" },
        { "float32 [-1, 1]", """{"name": " n", "type": "number"}""", "table.columns[0].name", "without spaces at its ends" },
        { "float32 [-1, 1]", """{"name": "ID", "type": "number"}""", "table.columns[0].name", "have another meaning in the rows" },
        { "float32 [-1, 2]", $"{N}, {N}", "table.columns[1].name", "is 'n', which an earlier column has" },
        { "float32 [-1, 1]", """{"name": "n", "type": "category"}""", "table.columns[0].values", "is required for category" },
        { "float32 [-1, 1]", """{"name": "n", "type": "bool", "values": ["a"]}""", "table.columns[0].values", "is allowed only for cat" },
        { "float32 [-1, 1]", """{"name": "n", "type": "category", "values": ["a", "a"]}""", "table.columns[0].values", "each once" },
        { "float32 [-1, 1]", """{"name": "n", "type": "category", "values": [null]}""", "table.columns[0].values", "each once" },
        { "float32 [-1, 1]", """{"name": "n", "type": "number", "tensor": "y"}""", "table.columns[0].tensor", "not described in inputs" },
        { "bool [-1, 1]", N, "table.columns[0].type", "does not fit the tensor 'x', which is bool" },
        { "string [-1, 1]", N, "table.columns[0].type", "does not fit the tensor 'x', which is string" },
        { "string [-1, 1]", """{"name": "n", "type": "bool"}""", "table.columns[0].type", "does not fit the tensor" },
        { "float32 [-1, 1]", """{"name": "n", "type": "text"}""", "table.columns[0].type", "which is float32; string takes text" },
        { "float32 [-1, 1]", """{"name": "n", "type": "number", "default": "1"}""", "table.columns[0].default", "has the text '1'" },
        { "int64 [-1, 1]", """{"name": "n", "type": "number", "default": "nan"}""", "table.columns[0].default", "a tensor of whole" },
        { "int64 [-1, 1]", """{"name": "n", "type": "number", "default": 1.5}""", "table.columns[0].default", "expected a whole number" },
        { "float32 [-1, 1]", """{"name": "n", "type": "bool", "default": 1}""", "table.columns[0].default", "expected true or false" },
        { "float32 [-1, 1]", """{"name": "n", "type": "number", "default": {}}""", "table.columns[0].default", "has an object" },
        {
            "float32 [-1, 1]", """{"name": "n", "type": "category", "values": ["a"], "default": "b"}""", "table.columns[0].default",
            "has 'b'; allowed: a"
        },
        {
            "uint8 [-1, 1]", $$"""{"name": "n", "type": "category", "values": [{{string.Join(", ", Enumerable.Range(0, 257).Select(
                i => $"\"{i}\""))}}]}""",
            "table.columns[0].values", "has 257 values, more than the tensor 'x' can number, which is uint8"
        },
        { "float32 [-1, 2]", N, "inputs[0].shape", "is [-1, 2], but 1 column(s) go to 'x'; expected [rows, 1] or [rows]" },
        { "float32 [-1]", $$"""{{N}}, {"name": "m", "type": "number"}""", "inputs[0].shape", "expected [rows, 2]" },
        { "float32 [-1, 1, 1]", N, "inputs[0].shape", "is [-1, 1, 1]" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Check_FaultInTheColumns_IsNamed(string tensor, string columns, string where, string problem)
    {
        var parts = tensor.Split(' ', 2);

        var faults = ManifestValidator.Check(
            TablePackages.Manifest(TablePackages.Tensor("x", parts[0], parts[1]), $"[{columns}]")).ToList();

        Assert.Contains(faults, f => f.Where == where && f.Problem.Contains(problem, StringComparison.Ordinal));
    }

    [Fact]
    public void Check_SeveralTensors_EachHasColumnsAndTheSameNumberOfRows()
    {
        const string Tensors = """
            [
              {"name": "x", "type": "float32", "shape": [-1, 1]}, {"name": "y", "type": "float32", "shape": [4, 1]},
              {"name": "z", "type": "float32", "shape": [-1, 1]}
            ]
            """;

        var faults = ManifestValidator.Check(TablePackages.Manifest(
            Tensors, $$"""[{{N}}, {"name": "a", "type": "number", "tensor": "x"}, {"name": "b", "type": "number", "tensor": "y"}]"""));

        Assert.Equal(
            [
                "inputs[1].shape: must have the same number of rows as the first input.",
                "table.columns: has no column for the input tensor 'z'.",
                "table.columns[0].tensor: is missing; it is required because the model has 3 inputs.",
            ],
            faults.Select(f => f.ToString()).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("float32 [-1, 3]")]
    [InlineData("float16 [-1, -1]")]
    [InlineData("int64 [8, 3]")]
    public void Check_NumbersBooleansAndCategories_GoToOneTensorOfNumbers(string tensor)
    {
        var parts = tensor.Split(' ', 2);

        Assert.Empty(ManifestValidator.Check(TablePackages.Manifest(
            TablePackages.Tensor("x", parts[0], parts[1]),
            $$"""[{{N}}, {"name": "b", "type": "bool"}, {"name": "c", "type": "category", "values": ["a", "b"], "default": "b"}]""")));
    }
}
