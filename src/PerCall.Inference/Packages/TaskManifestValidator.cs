using PerCall.Inference.Tasks;

namespace PerCall.Inference.Packages;

/// <summary>
/// Checks that a manifest has exactly the sections and the unit of its task, and that each section is valid.
/// </summary>
internal static class TaskManifestValidator
{
    public static IEnumerable<PackageFault> Check(ModelManifest m)
    {
        var task = ModelTasks.Of(m.Task);
        foreach (var fault in Sections(m, task))
        {
            yield return fault;
        }

        if (m.Output is { } output && task.Output is not null && !task.Kinds.Contains(output.Kind))
        {
            yield return new(
                "output.kind",
                $"is {ManifestNames.Of(output.Kind)}; allowed for {task.Name}: {string.Join(", ", task.Kinds.Select(ManifestNames.Of))}.");
        }

        if (m.Unit != task.Unit)
        {
            yield return new("unit", $"is {ManifestNames.Of(m.Unit)}; allowed for {task.Name}: {ManifestNames.Of(task.Unit)}.");
        }

        foreach (var fault in ModelTasks.Outputs.Concat(ModelTasks.Inputs).Where(
            s => s.IsIn(m) && (m.Backend == ModelBackend.Onnx || s == task.Output)).SelectMany(s => s.Check(m)).Concat(task.Check(m)))
        {
            yield return fault;
        }
    }

    private static IEnumerable<PackageFault> Sections(ModelManifest m, TaskDefinition task)
    {
        // Sections of inputs describe tensors, which a large model does not have.
        var hasTensors = m.Backend == ModelBackend.Onnx;
        foreach (var section in ModelTasks.Inputs.Concat(ModelTasks.Outputs).Where(
            s => s.IsIn(m) && !(task.Has(s) && (hasTensors || s == task.Output))))
        {
            yield return new(section.Name, hasTensors ? $"is not allowed for {task.Name}." : "is not allowed for the backend openai.");
        }

        var inputs = task.Inputs.Where(s => s.IsIn(m)).ToList();
        if (hasTensors && task.Inputs.Count > 0 && inputs.Count != 1)
        {
            yield return inputs.Count == 0
                ? new(
                    task.Inputs[0].Name,
                    $"is missing; {(task.Inputs.Count == 1 ? "it" : $"one of {string.Join(", ", task.Inputs.Select(s => s.Name))}")} "
                        + $"is required for {task.Name}.")
                : new(inputs[1].Name, $"and {inputs[0].Name} are both given; a model has one kind of input.");
        }

        if (task.Output is { } output && !output.IsIn(m))
        {
            yield return new(output.Name, $"is missing; it is required for {task.Name}.");
        }
    }

    /// <summary>Returns the files that input sections name, each with its path in the manifest.</summary>
    public static IEnumerable<(string Where, string? File)> InputFiles(ModelManifest m) => ModelTasks.Inputs.SelectMany(s => s.Files(m));

    /// <inheritdoc cref="InputFiles"/>
    public static IEnumerable<(string Where, string? File)> OutputFiles(ModelManifest m) => ModelTasks.Outputs.SelectMany(s => s.Files(m));
}
