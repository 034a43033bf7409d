namespace PerCall.Functions.Storage.Turns;

/// <summary>A row whose work has to wait for its turn (<see cref="TurnTable{T}"/>).</summary>
public interface ITurnRow : ITrackedRow
{
    /// <summary>
    /// What the work goes to, by letters, digits and underscores: of one lane less is done at once than of an account. All lanes of a table
    /// are of one length, which may be 0.
    /// </summary>
    string Lane { get; }

    /// <summary>As stored: the key of the row beside it that keeps its place in the line; null while it does not wait for a turn.</summary>
    string? Place { get; set; }
}
