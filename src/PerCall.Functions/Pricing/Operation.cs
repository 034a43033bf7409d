using PerCall.Inference.Packages;

namespace PerCall.Functions.Pricing;

/// <summary>A kind of work that is charged. Plans set prices for it, and usage is grouped by it.</summary>
/// <param name="Name">The name, for example <c>images.classify</c>.</param>
/// <param name="Unit">The unit, for example <c>image</c>. With several units: the first one.</param>
public sealed record Operation(string Name, string Unit)
{
    /// <summary>Creates an operation that is charged in several units.</summary>
    /// <param name="name">The name.</param>
    /// <param name="units">The units; at least one.</param>
    public Operation(string name, IReadOnlyList<string> units) : this(name, units[0]) => Units = units;

    /// <summary>All units, <see cref="Unit"/> first. A plan sets a price for each unit.</summary>
    public IReadOnlyList<string> Units { get; } = [Unit];

    /// <summary>Returns the operation of a task's single call, counted in the task's unit.</summary>
    public static Operation For(ModelTask task, string name) => new(name, ManifestNames.Of(ModelTasks.Of(task).Unit));

    public bool Equals(Operation? other) => other is not null && Name == other.Name && Units.SequenceEqual(other.Units);

    public override int GetHashCode() => HashCode.Combine(Name, Unit);
}

/// <summary>The operations of one task's single calls.</summary>
public sealed record TaskOperations(ModelTask Task, IReadOnlyList<Operation> Calls);
