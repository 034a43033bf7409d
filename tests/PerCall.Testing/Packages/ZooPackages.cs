using System.Text.Json;
using System.Text.Json.Nodes;

namespace PerCall.Testing.Packages;

/// <summary>Packages around models that others made: half precision, BGR, fixed batch, softmax applied already, and more.</summary>
public static class ZooPackages
{
    /// <summary>ImageNet in half precision: BGR 0 to 255, batch fixed at 1, softmax in the graph, output [1,1000,1,1].</summary>
    public static PackageBuilder SqueezeNet()
    {
        var labels = JsonSerializer.Deserialize<Dictionary<string, string>>(
            File.ReadAllText(Repository.ZooFile("squeezenet-fp16", "Labels.json")))!;
        return new PackageBuilder(Manifest("squeezenet", "data_0", "float16", [1, 3, 224, 224], "softmaxout_1", "float16", [1, 1000, 1, 1],
            "none", new JsonObject
            {
                ["resize"] = "cover",
                ["color"] = "bgr",
            }))
            .Add("model.onnx", File.ReadAllBytes(Repository.ZooFile("squeezenet-fp16", "SqueezeNet_fp16.onnx")))
            .Add("labels.txt", string.Join('\n', Enumerable.Range(0, 1000).Select(i => labels[$"{i}"])))
            .Add("samples/kitten.png", File.ReadAllBytes(Repository.ZooFile("squeezenet-fp16", "kitten_224.png")))
            .Add(
                "golden.jsonl",
                """{"image": "samples/kitten.png", "predictions": [{"label": "tabby, tabby cat", "score": 0.93}], "tolerance": 0.01}""");
    }

    /// <summary>Digits: grey 0 to 255, logits.</summary>
    public static PackageBuilder Mnist() =>
        new PackageBuilder(Manifest("mnist-cntk", "Input3", "float32", [1, 1, 28, 28], "Plus214_Output_0", "float32", [1, 10], "softmax",
            new JsonObject
            {
                ["resize"] = "stretch",
                ["color"] = "gray",
            }))
        .Add("model.onnx", File.ReadAllBytes(Repository.ZooFile("mnist-cntk", "mnist.onnx")))
        .Add("labels.txt", string.Join('\n', Enumerable.Range(0, 10)))
        .Add("samples/digit.png", File.ReadAllBytes(Repository.ZooFile("squeezenet-fp16", "mnist_28.png")))
        .Add("golden.jsonl", """{"image": "samples/digit.png", "predictions": [{"label": "8", "score": 1.0}], "tolerance": 0.05}""");

    /// <summary>Ten things, 32 × 32, free batch.</summary>
    public static PackageBuilder Cifar() =>
        new PackageBuilder(Manifest("cifar10", "modelInput", "float32", [-1, 3, 32, 32], "modelOutput", "float32", [-1, 10], "softmax",
            new JsonObject
            {
                ["resize"] = "cover",
                ["color"] = "rgb",
                ["scale"] = 1 / 255.0,
                ["mean"] = new JsonArray(0.5, 0.5, 0.5),
                ["std"] = new JsonArray(0.5, 0.5, 0.5),
            }))
        .Add("model.onnx", File.ReadAllBytes(Repository.ZooFile("cifar10-winml", "ImageClassifier.onnx")))
        .Add("labels.txt", "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck");

    private static JsonObject Manifest(
        string name, string input, string inputType, int[] inputShape, string output, string outputType, int[] outputShape,
        string activation, JsonObject image) => new()
        {
            ["schema"] = 1,
            ["name"] = name,
            ["version"] = "1",
            ["task"] = "image-classification",
            ["description"] = $"{name}, for tests",
            ["license"] = "MIT",
            ["model"] = "model.onnx",
            ["inputs"] = new JsonArray(
            new JsonObject { ["name"] = input, ["type"] = inputType, ["shape"] = Array(inputShape), ["layout"] = "NCHW" }),
            ["outputs"] = new JsonArray(new JsonObject { ["name"] = output, ["type"] = outputType, ["shape"] = Array(outputShape) }),
            ["image"] = image,
            ["output"] = new JsonObject { ["tensor"] = output, ["activation"] = activation, ["labels"] = "labels.txt" },
            ["unit"] = "image",
            ["golden"] = "golden.jsonl",
        };

    private static JsonArray Array(int[] values) => new([.. values.Select(v => (JsonNode)v)]);
}
