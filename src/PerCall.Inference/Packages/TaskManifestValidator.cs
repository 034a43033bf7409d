namespace PerCall.Inference.Packages;

/// <summary>
/// Checks that a manifest has exactly the sections and the unit of its task, and that each section is valid.
/// </summary>
internal static class TaskManifestValidator
{
    public static IEnumerable<PackageFault> Check(ModelManifest m)
    {
        var task = ModelTasks.Of(m.Task);
        foreach (var section in ModelTasks.Inputs.Concat(ModelTasks.Outputs))
        {
            // Sections of inputs describe tensors, which a large model does not have.
            var hasTensors = m.Backend == ModelBackend.Onnx;
            var wanted = task.Has(section) && (hasTensors || section == task.Output);
            if (section.IsIn(m) != wanted)
            {
                yield return new(
                    section.Name,
                    wanted ? $"is missing; it is required for {task.Name}."
                    : hasTensors ? $"is not allowed for {task.Name}."
                    : "is not allowed for the backend openai.");
            }
        }

        if (m.Unit != task.Unit)
        {
            yield return new("unit", $"is {ManifestNames.Of(m.Unit)}; allowed for {task.Name}: {ManifestNames.Of(task.Unit)}.");
        }

        foreach (var fault in ModelTasks.Outputs.Concat(ModelTasks.Inputs).Where(
            s => s.IsIn(m) && (m.Backend == ModelBackend.Onnx || s == task.Output)).SelectMany(s => s.Check(m)))
        {
            yield return fault;
        }
    }

    /// <summary>Returns the files that input sections name, each with its path in the manifest.</summary>
    public static IEnumerable<(string Where, string? File)> InputFiles(ModelManifest m) => ModelTasks.Inputs.SelectMany(s => s.Files(m));

    /// <inheritdoc cref="InputFiles"/>
    public static IEnumerable<(string Where, string? File)> OutputFiles(ModelManifest m) => ModelTasks.Outputs.SelectMany(s => s.Files(m));
}
