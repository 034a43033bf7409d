using System.Text.RegularExpressions;
using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Onnx;
using PerCall.Inference.Sessions;

namespace PerCall.Inference.Publishing;

/// <summary>Says why a graph cannot be loaded, in the terms of the person who exported it.</summary>
internal static partial class GraphFaults
{
    /// <summary>Domains whose operators ONNX Runtime has.</summary>
    private static readonly string[] Known = ["", "ai.onnx", "ai.onnx.ml", "com.microsoft", "com.microsoft.nchwc", "com.ms.internal.nhwc"];

    /// <summary>Operators that take the scale of their input from all inputs of a run.</summary>
    private static readonly string[] Dynamic = ["DynamicQuantizeLinear", "DynamicQuantizeMatMul", "DynamicQuantizeLSTM"];

    /// <summary>Returns the errors that can be found without loading the graph.</summary>
    /// <param name="graph">The graph's path in the package.</param>
    /// <param name="file">The graph's file.</param>
    /// <param name="exists">Whether a file is in the package, by its path.</param>
    public static IEnumerable<PackageFault> Check(string graph, OnnxFile file, Func<string, bool> exists)
    {
        foreach (var (location, path) in file.ExternalData.Zip(file.PackagePaths(graph)))
        {
            if (exists(path))
            {
                continue;
            }

            yield return new(
                graph, $"keeps weights in '{location}', which is not in the package; add the file beside the graph, under that name.");
        }

        var unknown = file.Operators.Where(o => !Known.Contains(o.Domain)).OrderBy(o => o).Select(o => $"{o.Domain}:{o.Name}").ToList();
        if (unknown.Count > 0)
        {
            yield return new(
                graph,
                $"uses operators that ONNX Runtime does not have: {string.Join(", ", unknown)}. "
                    + "Export the graph without custom operators, and do their work before or after the graph.");
        }
    }

    /// <summary>Returns why a file of a package could not be loaded.</summary>
    /// <param name="subject">What is loaded, if the error names no file.</param>
    /// <param name="fault">The error.</param>
    public static PackageFault NotLoaded(string subject, ModelCorruptException fault) =>
        new(fault.File ?? subject, $"cannot be loaded: {fault.Message}");

    /// <summary>Returns why the runtime did not load a graph.</summary>
    public static PackageFault NotLoaded(string graph, OnnxRuntimeException fault)
    {
        var reason = OrtRuntime.Reason(fault);
        if (Ir().Match(reason) is { Success: true } ir)
        {
            return new(
                graph,
                $"has the IR version {ir.Groups["has"].Value}; allowed: at most {ir.Groups["max"].Value}. "
                    + "Export it with an older version of the onnx package, or set ir_version.");
        }

        if (Opset().Match(reason) is { Success: true } opset)
        {
            return new(
                graph,
                $"imports the operator set {opset.Groups["has"].Value} of {Domain(opset)}; allowed: at most {opset.Groups["max"].Value}. "
                    + "Export it with an older opset.");
        }

        if (PortableLocale.IsMissing(fault))
        {
            return new(
                graph,
                "has a StringNormalizer with a locale that this machine does not have, and weights in other files, so that the locale "
                    + "cannot be replaced; export it with locale 'C.UTF-8' or with the weights in the graph.");
        }

        return new(graph, $"cannot be loaded: {reason}");
    }

    /// <summary>Whether the scores of an input depend on the other inputs of its run.</summary>
    public static bool QuantizesDynamically(OnnxFile file) => file.Operators.Any(o => Dynamic.Contains(o.Name));

    private static string Domain(Match opset) => opset.Groups["domain"].Value is { Length: > 0 } domain ? domain : "ai.onnx";

    [GeneratedRegex(@"Unsupported model IR version: (?<has>\d+), max supported IR version: (?<max>\d+)")]
    private static partial Regex Ir();

    [GeneratedRegex(
        @"Opset (?<has>\d+) is under development.*Current official support for domain (?<domain>\S*) is till opset (?<max>\d+)")]
    private static partial Regex Opset();
}
