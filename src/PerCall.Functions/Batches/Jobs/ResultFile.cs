namespace PerCall.Functions.Batches.Jobs;

/// <summary>Files of a batch's results.</summary>
public enum ResultFile
{
    /// <summary>Rows that were delivered, JSON Lines.</summary>
    Output,

    /// <summary>Rows that failed, JSON Lines.</summary>
    Errors,

    /// <summary>Rows that were delivered, as CSV; where the input was that.</summary>
    Table,
}
