using PerCall.Backups;

namespace PerCall.Functions.Storage;

/// <summary>What happens to a table's rows in a backup. Each slice says it where it requires the table.</summary>
public sealed record TableBackupRule
{
    private TableBackupRule(TableKind kind, string? filter, string? reason) => (Kind, Filter, Reason) = (kind, filter, reason);

    /// <summary>All rows are copied.</summary>
    public static TableBackupRule All { get; } = new(TableKind.Copied, filter: null, reason: null);

    public TableKind Kind { get; }

    /// <summary>The OData filter for the rows to copy; null: all rows.</summary>
    public string? Filter { get; }

    /// <summary>Why the table is not copied; null if it is.</summary>
    public string? Reason { get; }

    /// <summary>Only some rows are copied.</summary>
    /// <param name="filter">An OData filter. It must not select rows whose work could be charged again after a restore.</param>
    public static TableBackupRule Rows(string filter) => new(TableKind.Copied, filter, reason: null);

    /// <summary>The table is not copied, because the service computes its rows again.</summary>
    public static TableBackupRule Rebuilt(string reason) => new(TableKind.Rebuilt, filter: null, reason);

    /// <summary>The table is not copied. After a restore it is empty.</summary>
    public static TableBackupRule LeftOut(string reason) => new(TableKind.LeftOut, filter: null, reason);
}
