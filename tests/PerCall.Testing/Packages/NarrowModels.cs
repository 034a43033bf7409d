using System.Text.Json.Nodes;
using Google.Protobuf;
using PerCall.Inference.Onnx.Graph;
using DataType = PerCall.Inference.Onnx.Graph.TensorProto.Types.DataType;

namespace PerCall.Testing.Packages;

/// <summary>A text model whose graph cannot be run on some texts: its table is shorter than its vocabulary.</summary>
public static class NarrowModels
{
    /// <summary>A word that the model knows and its graph does not.</summary>
    public const string Fails = "wide";

    /// <summary>The labels are a, b and c; c is best for every text that the graph can be run on.</summary>
    /// <param name="name">The model's name.</param>
    public static PackageBuilder Text(string name)
    {
        var graph = new GraphBuilder(name);
        graph.Input("ids", DataType.Int64, -1, -1);
        var found = graph.Add("Gather", graph.Longs(0, 1, 2), "ids");
        var number = graph.Add("Cast", [found], Attributes.Int("to", (long)DataType.Float));
        var mean = graph.Add("ReduceMean", [number, graph.Longs(1)], Attributes.Int("keepdims", 1));
        var scores = graph.Add(
            "Concat",
            [mean, graph.Add("Mul", mean, graph.Float(2)), graph.Add("Mul", mean, graph.Float(3))],
            Attributes.Int("axis", 1));
        graph.Output("scores", scores, DataType.Float, -1, 3);
        return new PackageBuilder(JsonNode.Parse($$"""
            {
              "schema": 1, "name": "{{name}}", "version": "1", "task": "text-classification", "description": "For tests", "license": "MIT",
              "model": "model.onnx",
              "inputs": [{ "name": "ids", "type": "int64", "shape": [-1, -1] }],
              "outputs": [{ "name": "scores", "type": "float32", "shape": [-1, 3] }],
              "text": {
                "tokenizer": { "kind": "words", "vocabulary": "vocabulary.txt", "unknown": "[UNK]", "padding": "[PAD]" },
                "max_length": 16,
                "inputs": { "ids": "ids" }
              },
              "output": { "tensor": "scores", "activation": "softmax", "labels": "labels.txt" },
              "unit": "1k_characters", "golden": "golden.jsonl", "card": "card.md"
            }
            """)!.AsObject())
            .Add("model.onnx", graph.ToModel(8, 18).ToByteArray())
            .Add("vocabulary.txt", $"[PAD]\n[UNK]\ngood\n{Fails}\n")
            .Add("labels.txt", "a\nb\nc")
            .Add("golden.jsonl", """{"text": "good", "predictions": [{"label": "c", "score": 0.8668}], "tolerance": 0.001}""")
            .Add("card.md", "# For tests\n");
    }
}
