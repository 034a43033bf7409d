using System.Text.Json.Nodes;
using Google.Protobuf;
using PerCall.Inference.Onnx.Graph;
using DataType = PerCall.Inference.Onnx.Graph.TensorProto.Types.DataType;

namespace PerCall.Testing.Packages;

/// <summary>Models of tables around graphs that are put together here.</summary>
public static class TableModels
{
    /// <summary>The natural logarithm of the column x, which no number has below 0.</summary>
    /// <param name="name">The model's name.</param>
    public static PackageBuilder Logarithm(string name)
    {
        var graph = new GraphBuilder("logarithm");
        graph.Output("y", graph.Add("Log", graph.Input("x", DataType.Float, -1, 1)), DataType.Float, -1, 1);
        return new PackageBuilder(JsonNode.Parse($$"""
            {
              "schema": 1, "name": "{{name}}", "version": "1", "task": "table-prediction", "description": "For tests", "license": "MIT",
              "model": "model.onnx",
              "inputs": [{ "name": "x", "type": "float32", "shape": [-1, 1] }],
              "outputs": [{ "name": "y", "type": "float32", "shape": [-1, 1] }],
              "table": { "columns": [{ "name": "x", "type": "number" }] },
              "output": { "kind": "values", "tensor": "y" },
              "unit": "row", "golden": "golden.jsonl"
            }
            """)!.AsObject())
            .Add("model.onnx", graph.ToModel(8, 15).ToByteArray())
            .Add("golden.jsonl", """{"row": {"x": 1}, "values": [0]}""");
    }
}
