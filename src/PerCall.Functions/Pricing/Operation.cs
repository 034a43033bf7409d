using PerCall.Inference.Packages;

namespace PerCall.Functions.Pricing;

/// <summary>A kind of work that is charged. Plans set prices for it, and usage is grouped by it.</summary>
/// <param name="Name">The name, for example <c>images.classify</c>.</param>
/// <param name="Unit">The unit, for example <c>image</c>.</param>
public sealed record Operation(string Name, string Unit)
{
    /// <summary>Returns the operation of a task's single call, counted in the task's unit.</summary>
    public static Operation For(ModelTask task, string name) => new(name, ManifestNames.Of(ModelTasks.Of(task).Unit));
}

/// <summary>The operations of one task's single calls.</summary>
public sealed record TaskOperations(ModelTask Task, IReadOnlyList<Operation> Calls);
