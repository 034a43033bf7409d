using PerCall.Inference.Packages;

namespace PerCall.Functions.Pricing;

/// <summary>All that is charged for: the calls that the tasks registered, and batches.</summary>
public sealed class Operations(IEnumerable<TaskOperations> tasks)
{
    private readonly List<TaskOperations> _tasks = [.. tasks];

    /// <summary>Rows of batches that were delivered.</summary>
    public static Operation Batch { get; } = new("batch", "batch_row");

    /// <summary>Every operation, in the order of registration; batches last.</summary>
    public IReadOnlyList<Operation> All => [.. _tasks.SelectMany(t => t.Calls), Batch];

    /// <summary>What can be done with models of a task.</summary>
    public IReadOnlyList<Operation> Of(ModelTask task) => [.. _tasks.Single(t => t.Task == task).Calls, Batch];
}
