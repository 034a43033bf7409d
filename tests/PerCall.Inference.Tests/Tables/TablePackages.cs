using System.Text.Json;
using System.Text.Json.Nodes;
using PerCall.Inference.Packages;
using PerCall.Inference.Tables;
using PerCall.Testing.Packages;

namespace PerCall.Inference.Tests.Tables;

/// <summary>Packages of tables: around the graphs of <c>fixtures</c>, and around graphs that are put together here.</summary>
internal static class TablePackages
{
    public const string Maps = "maps";

    private const string Features =
        """[{"name": "a", "type": "number"}, {"name": "b", "type": "number"}, {"name": "c", "type": "number"}]""";

    private const string Person = """
        [
          {"name": "age", "type": "number", "tensor": "age"}, {"name": "count", "type": "number", "tensor": "count", "default": 1},
          {"name": "city", "type": "text", "tensor": "city"}, {"name": "member", "type": "bool", "tensor": "member", "default": false}
        ]
        """;

    private const string PersonTensors = """
        [
          {"name": "age", "type": "float32", "shape": [-1, 1]}, {"name": "count", "type": "int64", "shape": [-1, 1]},
          {"name": "city", "type": "string", "shape": [-1, 1]}, {"name": "member", "type": "float32", "shape": [-1]}
        ]
        """;

    /// <summary>Labels 0 and 1 by trees over one tensor; see fixtures/make.py.</summary>
    /// <param name="output">The output that is read: <c>probabilities</c> or <see cref="Maps"/>.</param>
    public static PackageBuilder Trees(string output = "probabilities") =>
        Labels(Of(Fixture("trees"), Tensor("x", "float32", "[-1, 3]"), Features), output, "0\n1")
            .Add("golden.jsonl", """{"row": {"a": 2, "b": 0, "c": 1}, "predictions": [{"label": "1", "score": 0.8}]}""");

    /// <summary>A value by one tensor for each column, one of them of strings; see fixtures/make.py.</summary>
    public static PackageBuilder Columns() => Values(Of(Fixture("columns"), PersonTensors, Person), "value", "[-1, 1]")
        .Add("golden.jsonl", """{"row": {"age": 30, "city": "oslo"}, "values": [1040], "tolerance": 0.1}""");

    /// <summary>Same with the labels yes and no, from maps.</summary>
    public static PackageBuilder ColumnLabels() => Labels(Of(Fixture("columns"), PersonTensors, Person), Maps, "yes\nno")
        .Add("golden.jsonl", """{"row": {"age": 30, "city": "oslo"}, "predictions": [{"label": "no", "score": 0.896}]}""");

    /// <inheritdoc cref="TableModels.Logarithm"/>
    public static PackageBuilder Logarithm() => TableModels.Logarithm("table");

    /// <summary>The plan of columns over tensors, without a graph.</summary>
    public static TablePlan Plan(string inputs, string columns) => new(Manifest(inputs, columns));

    public static ModelManifest Manifest(string inputs, string columns) =>
        ManifestReader.Parse(Values(Of([], inputs, columns), "y", "[-1, 1]").Add("golden.jsonl", "{}").ManifestBytes());

    public static string Tensor(string name, string type, string shape) =>
        $$"""[{"name": "{{name}}", "type": "{{type}}", "shape": {{shape}}}]""";

    public static TableRow Row(string json)
    {
        var reader = new Utf8JsonReader(System.Text.Encoding.UTF8.GetBytes(json));
        reader.Read();
        return TableRow.Read(ref reader);
    }

    private static byte[] Fixture(string name) => File.ReadAllBytes(
        Path.Combine(AppContext.BaseDirectory, "Tables", "fixtures", $"{name}.onnx"));

    private static PackageBuilder Of(byte[] graph, string inputs, string columns) => new PackageBuilder(JsonNode.Parse($$"""
        {
          "schema": 1, "name": "table", "version": "1", "task": "table-prediction", "description": "For tests", "license": "MIT",
          "model": "model.onnx", "inputs": {{inputs}}, "table": {"columns": {{columns}}}, "unit": "row", "golden": "golden.jsonl"
        }
        """)!.AsObject()).Add("model.onnx", graph);

    private static PackageBuilder Values(PackageBuilder package, string output, string shape) => package
        .With("outputs", JsonNode.Parse(Tensor(output, "float32", shape)))
        .With("output", new JsonObject { ["kind"] = "values", ["tensor"] = output });

    private static PackageBuilder Labels(PackageBuilder package, string output, string labels) => package
        .With("outputs", JsonNode.Parse(Tensor(output, "float32", "[-1, 2]")))
        .With("output", new JsonObject { ["tensor"] = output, ["activation"] = "none", ["labels"] = "labels.txt" })
        .Add("labels.txt", labels);
}
