using PerCall.Inference.Packages;

namespace PerCall.Inference.Tensors;

/// <summary>Errors for tensors that a graph cannot run on. Each names the tensor, what was found and what is expected.</summary>
public static class TensorFaults
{
    private const int MaxShown = 100;

    /// <summary>Returns an error of one tensor.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="problem">What was found and what is expected, as the end of a sentence.</param>
    public static InvalidInputException Invalid(string name, string problem) =>
        new("invalid_tensor", $"The tensor '{Shown(name)}' {problem}", Shown(name));

    /// <summary>Returns the error for another number of elements than the shape has.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="shape">Its dimensions.</param>
    /// <param name="found">The number of elements found.</param>
    /// <param name="expected">The number of elements of the shape.</param>
    public static InvalidInputException WrongCount(string name, IReadOnlyList<long> shape, long found, long expected) =>
        Invalid(name, $"has {found:N0} elements; expected {expected:N0} for the shape {Text(shape)}.");

    /// <summary>Returns a shape as errors show it.</summary>
    public static string Text(IReadOnlyList<long> shape) => $"[{string.Join(", ", shape)}]";

    /// <summary>Shortens a name for errors.</summary>
    public static string Shown(string name) => name.Length <= MaxShown ? name : string.Concat(name.AsSpan(0, MaxShown), "…");

    internal static InvalidInputException WrongLength(
        string name, TensorType type, IReadOnlyList<long> shape, long found, long expected) =>
        Invalid(name, $"has {found:N0} bytes; expected {expected:N0} for {ManifestNames.Of(type)} {Text(shape)}.");

    internal static InvalidInputException UnknownInput(string name, IEnumerable<string> known) =>
        new("unknown_tensor", $"The model has no input '{Shown(name)}'; its inputs: {string.Join(", ", known)}.", Shown(name));

    internal static InvalidInputException MissingInput(string name) =>
        new("missing_tensor", $"The input '{name}' is missing; the model needs it.", name);

    internal static InvalidInputException RepeatedInput(string name) =>
        new("repeated_tensor", $"The input '{Shown(name)}' is there twice.", Shown(name));

    internal static InvalidInputException UnknownOutput(string name, IEnumerable<string> known) =>
        new("unknown_tensor", $"The model has no output '{Shown(name)}'; its tensor outputs: {string.Join(", ", known)}.", Shown(name));

    internal static InvalidInputException RepeatedOutput(string name) =>
        new("repeated_tensor", $"The output '{Shown(name)}' is asked for twice.", Shown(name));

    internal static InvalidInputException NoTensor(string name, string kind) =>
        new("not_a_tensor", $"'{name}' is a {kind} in the graph, not a tensor of a supported type, and cannot be sent.", name);
}
