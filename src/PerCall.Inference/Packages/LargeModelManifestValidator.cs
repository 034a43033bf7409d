using System.Globalization;

namespace PerCall.Inference.Packages;

/// <summary>Validates a manifest whose model is a large model behind an API.</summary>
internal static class LargeModelManifestValidator
{
    public const int MaxNameLength = 128;
    public const int MaxInstructions = 20_000;
    public const int MinSide = 64;
    public const int MaxSide = 2048;
    public const int MinOutputTokens = 16;
    public const int MaxOutputTokens = 100_000;

    /// <summary>Returns the files of the examples, each with its path in the manifest.</summary>
    public static IEnumerable<(string Where, string? File)> Files(ModelManifest m) =>
        m.LargeModel is { } rules && ModelTasks.Of(m.Task).LargeInputs is { AreFiles: true }
            ? rules.Examples.Select((e, i) => ($"large_model.examples[{i}].input", (string?)e.Input))
            : [];

    public static IEnumerable<PackageFault> Check(ModelManifest m)
    {
        if (ModelTasks.Of(m.Task).LargeInputs is null)
        {
            yield return new(
                "backend", $"is openai; allowed for {ManifestNames.Of(m.Task)}: {ManifestNames.Of(ModelBackend.Onnx)}.");
        }

        foreach (var (name, present) in new[]
        {
            ("model", m.Model.Length > 0), ("opset", m.Opset is not null), ("inputs", m.Inputs.Count > 0), ("outputs", m.Outputs.Count > 0),
            ("output.tensor", m.Output is { Tensor.Length: > 0 }), ("output.activation", m.Output?.Activation is not null),
            ("output.thresholds", m.Output?.Thresholds is not null), ("fallback", m.Fallback is not null),
        })
        {
            if (present)
            {
                yield return new(name, "is not allowed for the backend openai.");
            }
        }

        if (m.LargeModel is not { } rules)
        {
            yield return new("large_model", "is missing; it is required for the backend openai.");
            yield break;
        }

        foreach (var fault in Rules(rules).Concat(Examples(m, rules)))
        {
            yield return fault;
        }
    }

    private static IEnumerable<PackageFault> Rules(LargeModelRules rules)
    {
        if (string.IsNullOrWhiteSpace(rules.Model) || rules.Model.Length > MaxNameLength || rules.Model.Any(char.IsControl))
        {
            yield return new(
                "large_model.model",
                $"is '{rules.Model}'; expected the name of a large model in the settings, 1 to {MaxNameLength} characters.");
        }

        if (string.IsNullOrWhiteSpace(rules.Instructions) || rules.Instructions.Length > MaxInstructions)
        {
            yield return new(
                "large_model.instructions",
                $"has {Number(rules.Instructions.Length)} characters; allowed: 1 to {Number(MaxInstructions)}.");
        }

        if (rules.MaxCharacters is < 1 or > TextManifestValidator.MaxLength)
        {
            yield return new(
                "large_model.max_characters",
                $"is {Number(rules.MaxCharacters)}; allowed: 1 to {Number(TextManifestValidator.MaxLength)}.");
        }

        if (rules.Truncate == Truncation.Ends)
        {
            yield return new("large_model.truncate", "is ends; allowed: head, tail, head_tail.");
        }

        if (rules.MaxSide is < MinSide or > MaxSide)
        {
            yield return new("large_model.max_side", $"is {Number(rules.MaxSide)}; allowed: {MinSide} to {MaxSide} pixels.");
        }

        if (rules.MaxOutputTokens is < MinOutputTokens or > MaxOutputTokens)
        {
            yield return new(
                "large_model.max_output_tokens",
                $"is {Number(rules.MaxOutputTokens.Value)}; allowed: {MinOutputTokens} to {Number(MaxOutputTokens)}.");
        }
    }

    private static IEnumerable<PackageFault> Examples(ModelManifest m, LargeModelRules rules)
    {
        if (ModelTasks.Of(m.Task).LargeInputs is not { } inputs)
        {
            yield break;
        }

        if (rules.Examples.Count > inputs.MaxExamples)
        {
            yield return new(
                "large_model.examples",
                $"has {rules.Examples.Count} examples; allowed for {ManifestNames.Of(m.Task)}: 0 to {inputs.MaxExamples}.");
        }

        foreach (var (i, example) in rules.Examples.Index())
        {
            if (inputs.Check(m, example.Input) is { } problem)
            {
                yield return new($"large_model.examples[{i}].input", problem);
            }
        }
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
