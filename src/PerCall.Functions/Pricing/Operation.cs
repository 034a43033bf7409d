using PerCall.Inference.Packages;

namespace PerCall.Functions.Pricing;

/// <summary>Something that is charged for: plans put prices on it, and usage is grouped by it.</summary>
/// <param name="Name">For example <c>images.classify</c>.</param>
/// <param name="Unit">What it is counted in, for example <c>image</c>.</param>
public sealed record Operation(string Name, string Unit)
{
    /// <summary>A single call of a task, counted in the task's unit.</summary>
    public static Operation For(ModelTask task, string name) => new(name, ManifestNames.Of(ModelTasks.Of(task).Unit));
}

/// <summary>The single calls of one task's models.</summary>
public sealed record TaskOperations(ModelTask Task, IReadOnlyList<Operation> Calls);
