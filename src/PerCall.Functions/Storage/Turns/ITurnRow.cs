namespace PerCall.Functions.Storage.Turns;

/// <summary>A row whose work has to wait for its turn (<see cref="TurnTable{T}"/>).</summary>
public interface ITurnRow : ITrackedRow
{
    /// <summary>
    /// The target of the work, in letters, digits and underscores. A lane's limit on concurrent work is lower than the account's. All lanes
    /// of a table have the same length, which may be 0.
    /// </summary>
    string Lane { get; }

    /// <summary>As stored: the key of the companion row that holds its place in the line; null while it does not wait.</summary>
    string? Place { get; set; }
}
