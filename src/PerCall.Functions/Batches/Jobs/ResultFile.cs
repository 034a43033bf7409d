namespace PerCall.Functions.Batches.Jobs;

/// <summary>The files of a batch's results.</summary>
public enum ResultFile
{
    /// <summary>The delivered rows as JSON Lines.</summary>
    Output,

    /// <summary>The failed rows as JSON Lines.</summary>
    Errors,

    /// <summary>The delivered rows as CSV, if the input is CSV.</summary>
    Table,
}
