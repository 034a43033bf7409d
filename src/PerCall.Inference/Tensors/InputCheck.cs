using PerCall.Inference.Packages;

namespace PerCall.Inference.Tensors;

/// <summary>Compares a call's tensors with those of the graph.</summary>
internal static class InputCheck
{
    /// <exception cref="InvalidInputException">An input is missing, unknown, repeated, or of another type or shape.</exception>
    public static void Check(ModelTensors graph, IReadOnlyList<RawTensor> inputs)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var input in inputs)
        {
            if (graph.Inputs.FirstOrDefault(i => i.Name == input.Name) is not { } expected)
            {
                throw TensorFaults.UnknownInput(input.Name, graph.Inputs.Select(i => i.Name));
            }

            if (!seen.Add(input.Name))
            {
                throw TensorFaults.RepeatedInput(input.Name);
            }

            Compare(input, expected);
        }

        if (graph.Inputs.FirstOrDefault(i => !seen.Contains(i.Name)) is { } missing)
        {
            throw TensorFaults.MissingInput(missing.Name);
        }
    }

    private static void Compare(RawTensor input, TensorInfo expected)
    {
        if (input.Type != expected.Type)
        {
            throw TensorFaults.Invalid(
                input.Name, $"is {ManifestNames.Of(input.Type)}; the model expects {ManifestNames.Of(expected.Type)}.");
        }

        var fits = expected.Shape.Count == 0
            || (expected.Shape.Count == input.Shape.Count
                && expected.Shape.Zip(input.Shape).All(d => d.First == -1 || d.First == d.Second));
        if (!fits)
        {
            throw TensorFaults.Invalid(
                input.Name,
                $"has the shape {TensorFaults.Text(input.Shape)}; the model expects {TensorFaults.Text(expected.Shape)}, "
                    + "where -1 is free.");
        }
    }
}
