using PerCall.Inference.Packages;

namespace PerCall.Functions.Pricing;

/// <summary>All operations: the registered tasks' calls, other registered operations, tensors, and batches.</summary>
/// <param name="tasks">The operations of tasks.</param>
/// <param name="others">The operations that belong to no task.</param>
public sealed class Operations(IEnumerable<TaskOperations> tasks, IEnumerable<Operation>? others = null)
{
    private readonly List<TaskOperations> _tasks = [.. tasks];
    private readonly List<Operation> _others = [.. others ?? []];

    /// <summary>The operation of batches, counted in delivered rows.</summary>
    public static Operation Batch { get; } = new("batch", "batch_row");

    /// <summary>The operation of calls with tensors on a model's graph, for models of every task.</summary>
    public static Operation Infer { get; } = new("infer", "input");

    /// <summary>All operations in the order of registration: those of tasks, then the others, then tensors and batches.</summary>
    public IReadOnlyList<Operation> All => [.. _tasks.SelectMany(t => t.Calls), .. _others, Infer, Batch];

    /// <summary>Returns the operations of a task's models. <see cref="Infer"/> is only for those with a graph.</summary>
    public IReadOnlyList<Operation> Of(ModelTask task) => [.. _tasks.Single(t => t.Task == task).Calls, Infer, Batch];
}
