using PerCall.Inference.Packages;

namespace PerCall.Functions.Pricing;

/// <summary>All operations: the registered tasks' calls, calls without a model of a task, and batches.</summary>
public sealed class Operations(IEnumerable<TaskOperations> tasks, IEnumerable<Operation>? others = null)
{
    private readonly List<TaskOperations> _tasks = [.. tasks];
    private readonly List<Operation> _others = [.. others ?? []];

    /// <summary>The operation of batches, counted in delivered rows.</summary>
    public static Operation Batch { get; } = new("batch", "batch_row");

    /// <summary>All operations in the order of registration; batches last.</summary>
    public IReadOnlyList<Operation> All => [.. _tasks.SelectMany(t => t.Calls), .. _others, Batch];

    /// <summary>Returns the operations of a task's models.</summary>
    public IReadOnlyList<Operation> Of(ModelTask task) => [.. _tasks.Single(t => t.Task == task).Calls, Batch];
}
