using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;
using PerCall.Inference.Tasks;
using PerCall.Inference.Tensors;

namespace PerCall.Inference.Tensors
{
    /// <summary>The task of models without an input section: callers send the graph's tensors and get its tensors.</summary>
    public sealed class TensorTask : TaskDefinition
    {
        private const int MostRecorded = 10_000;

        /// <inheritdoc/>
        public override ModelTask Task => ModelTask.Tensors;

        /// <inheritdoc/>
        public override PriceUnit Unit => PriceUnit.Input;

        internal override IReadOnlyList<ManifestSection> Inputs => [];

        internal override ValueTask<object?> PrepareAsync(ModelManifest manifest, string folder, IReadOnlyList<string> labels) => new((object?)null);

        /// <summary>Nothing is known of the inputs that the graph accepts; the first call warms it up.</summary>
        internal override void WarmUp(LoadedModel model, CancellationToken cancellation)
        {
        }

        internal override async ValueTask<string?> RunExampleAsync(GoldenRun run, GoldenExample example, CancellationToken cancellation)
        {
            if (example.Tensors is not { Count: > 0 } tensors || example.Outputs is not { Count: > 0 } expected)
            {
                return "must have tensors and outputs, each an object with a shape and data for each name.";
            }

            var types = run.Model.Manifest.Inputs.ToDictionary(i => i.Name, i => i.Type, StringComparer.Ordinal);
            if (tensors.Keys.FirstOrDefault(n => !types.ContainsKey(n)) is { } unknown)
            {
                return $"has the tensor '{unknown}'; the model has {string.Join(", ", types.Keys)}.";
            }

            RawTensor[] inputs = [.. tensors.Select(t => t.Value.ToRaw(t.Key, types[t.Key]))];
            var outputs = TensorRunner.Check(run.Model, inputs, [.. expected.Keys]);
            using var answer = await TensorRunner.RunAsync(run.Model, inputs, outputs, cancellation);
            return answer.Outputs.Select(o => Difference(o, expected[o.Name], example.Tolerance)).FirstOrDefault(d => d is not null);
        }

        internal override async ValueTask<string> RecordAsync(GoldenRun run, JsonObject example, CancellationToken cancellation)
        {
            var types = run.Model.Manifest.Inputs.ToDictionary(i => i.Name, i => i.Type, StringComparer.Ordinal);
            foreach (var (name, tensor) in example["tensors"]!.AsObject())
            {
                var count = tensor!["shape"]!.AsArray().Aggregate(1, (product, d) => product * (int)d!);
                tensor["data"] = new JsonArray([.. Enumerable.Range(0, count).Select(i => GoldenElements.Sample(types[name], i))]);
            }

            RawTensor[] inputs =
                [.. GoldenExample.Of(example).Tensors!.Select(t => t.Value.ToRaw(t.Key, types[t.Key]))];
            using var answer = await TensorRunner.RunAsync(run.Model, inputs, TensorRunner.Check(run.Model, inputs, null), cancellation);
            var outputs = new JsonObject();
            // A golden example is text: of large outputs, one is enough.
            foreach (var output in answer.Outputs.Where((o, i) => o.Count <= MostRecorded || i == 0))
            {
                outputs[output.Name] = new JsonObject
                {
                    ["shape"] = new JsonArray([.. output.Shape.Select(d => (JsonNode)d)]),
                    ["data"] = new JsonArray([.. Enumerable.Range(0, output.Count).Select(i => GoldenElements.NodeAt(output, i))]),
                };
            }

            example["outputs"] = outputs;
            GoldenExample.Mark(example);
            return string.Join("; ", answer.Outputs.Select(o => $"{o.Name} [{string.Join(", ", o.Shape)}]"));
        }

        private static string? Difference(RawOutput output, GoldenTensor expected, float tolerance)
        {
            if (!output.Shape.SequenceEqual(expected.Shape) || expected.Data.Count != output.Count)
            {
                return $"is not reproduced: '{output.Name}' has the shape [{string.Join(", ", output.Shape)}], "
                    + $"expected [{string.Join(", ", expected.Shape)}] with {expected.Data.Count} elements.";
            }

            for (var i = 0; i < output.Count; i++)
            {
                var (actual, wanted) = (GoldenElements.At(output, i), expected.Data[i]);
                // Written so that NaN never passes.
                var same = wanted.ValueKind == JsonValueKind.Number && double.TryParse(actual, CultureInfo.InvariantCulture, out var number)
                    ? Math.Abs(number - wanted.GetDouble()) <= tolerance
                    : actual == wanted.ToString();
                if (!same)
                {
                    return $"is not reproduced: element {i} of '{output.Name}' is {actual}, expected {wanted}.";
                }
            }

            return null;
        }
    }
}

namespace PerCall.Inference.Packages
{
    internal sealed partial record GoldenExample
    {
        /// <summary>The graph's inputs by name, for models without an input section.</summary>
        public IReadOnlyDictionary<string, GoldenTensor>? Tensors { get; init; }

        /// <summary>Expected outputs of the graph by name.</summary>
        public IReadOnlyDictionary<string, GoldenTensor>? Outputs { get; init; }
    }

    /// <summary>A tensor of a golden example: its dimensions, and its elements in row-major order.</summary>
    internal sealed record GoldenTensor(IReadOnlyList<long> Shape, IReadOnlyList<JsonElement> Data)
    {
        /// <exception cref="InvalidInputException">The elements do not fill the shape, or are not of the type.</exception>
        public RawTensor ToRaw(string name, TensorType type) => RawTensor.Create(name, type, Shape, GoldenElements.ToBytes(name, type, Data));
    }
}
