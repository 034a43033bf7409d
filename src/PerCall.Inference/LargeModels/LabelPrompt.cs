using System.Text;
using PerCall.Inference.Packages;

namespace PerCall.Inference.LargeModels;

/// <summary>What every question of a package has in common, read once when the package is loaded.</summary>
internal sealed class LabelPrompt
{
    /// <summary>Maximum number of labels: providers limit the values of an enumeration.</summary>
    public const int MaxLabels = 500;

    /// <summary>Maximum bytes of a label in UTF-8.</summary>
    public const int MaxLabelBytes = 200;

    /// <summary>Maximum total bytes of all labels in UTF-8; also a limit of providers.</summary>
    public const int MaxLabelsBytes = 15_000;

    /// <summary>Output tokens besides the label: the JSON object around it. A token has at least one byte.</summary>
    private const int TokensAroundLabel = 32;

    private LabelPrompt(LargeModelRules rules, IReadOnlyList<string> labels, IReadOnlyList<LabelledInput> examples)
    {
        (Rules, Labels, Examples) = (rules, labels, examples);
        Instructions = new StringBuilder(rules.Instructions.Trim())
            .Append("\n\nAnswer with a JSON object whose only member \"label\" is one of these labels:\n")
            .AppendJoin('\n', labels.Select(l => $"- {l}"))
            .ToString();
        // Characters outside ASCII can be escaped with 6 bytes for 2.
        MaxOutputTokens = rules.MaxOutputTokens ?? (TokensAroundLabel + (3 * labels.Max(Encoding.UTF8.GetByteCount)));
    }

    public LargeModelRules Rules { get; }

    public IReadOnlyList<string> Labels { get; }

    public IReadOnlyList<LabelledInput> Examples { get; }

    /// <summary>The package's instructions, and the list of labels.</summary>
    public string Instructions { get; }

    public int MaxOutputTokens { get; }

    /// <summary>Returns the faults of a package's labels and examples that its manifest alone does not show.</summary>
    public static IEnumerable<PackageFault> Check(ModelManifest manifest, IReadOnlyList<string> labels)
    {
        var (rules, file) = (manifest.LargeModel!, manifest.Output!.Labels!);
        if (labels.Count is < 2 or > MaxLabels)
        {
            yield return new(file, $"has {labels.Count} labels; allowed for the backend openai: 2 to {MaxLabels}.");
        }

        if (labels.GroupBy(l => l, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } repeated)
        {
            yield return new(file, $"has the label '{repeated.Key}' {repeated.Count()} times; expected each label once.");
        }

        if (labels.FirstOrDefault(
            l => l != l.Trim() || l.Any(char.IsControl) || Encoding.UTF8.GetByteCount(l) > MaxLabelBytes) is { } invalid)
        {
            yield return new(
                file,
                $"has the label '{(invalid.Length <= 60 ? invalid : invalid[..60] + "…")}'; expected at most {MaxLabelBytes} bytes "
                    + "in UTF-8, without control characters and without white space at the ends.");
        }

        if (labels.Sum(l => (long)Encoding.UTF8.GetByteCount(l)) is > MaxLabelsBytes and var bytes)
        {
            yield return new(file, $"has {bytes} bytes of labels; allowed for the backend openai: at most {MaxLabelsBytes}.");
        }

        foreach (var (i, example) in rules.Examples.Index())
        {
            if (!labels.Contains(example.Label))
            {
                yield return new($"large_model.examples[{i}].label", $"is '{example.Label}', which is not in {file}.");
            }
        }
    }

    /// <summary>Reads the examples.</summary>
    /// <exception cref="ModelCorruptException">A label, an example or a picture is invalid.</exception>
    public static async Task<LabelPrompt> ReadAsync(
        ModelManifest manifest, string folder, IReadOnlyList<string> labels, CancellationToken cancellation)
    {
        if (Check(manifest, labels).FirstOrDefault() is { } fault)
        {
            throw new ModelCorruptException($"{fault.Where} {fault.Problem}", file: fault.Where);
        }

        var rules = manifest.LargeModel!;
        var examples = new List<LabelledInput>();
        foreach (var (i, example) in rules.Examples.Index())
        {
            examples.Add(new(await InputAsync(manifest, folder, i, example.Input, cancellation), example.Label));
        }

        return new(rules, labels, examples);
    }

    private static async Task<LabelInput> InputAsync(
        ModelManifest manifest, string folder, int index, string input, CancellationToken cancellation)
    {
        try
        {
            return await ModelTasks.Of(manifest.Task).LargeInputs!.ReadAsync(manifest.LargeModel!, folder, input, cancellation);
        }
        catch (Exception e) when (e is InvalidInputException or FileNotFoundException)
        {
            var where = $"large_model.examples[{index}].input";
            throw new ModelCorruptException($"{where} names '{input}', which cannot be read: {e.Message}", e, where);
        }
    }
}
