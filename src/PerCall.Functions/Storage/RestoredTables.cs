using PerCall.Backups;

namespace PerCall.Functions.Storage;

/// <summary>
/// Reads the mark that <c>percall restore</c> leaves. Nothing is cached: the mark is read only where a restore could matter, which is rare.
/// </summary>
public sealed class RestoredTables(BackupContainer container)
{
    private volatile bool _isAwaited;

    /// <summary>Whether work waits for a restore to be completed, so that it should be looked for at once.</summary>
    public bool IsAwaited => _isAwaited;

    /// <summary>Returns the backup whose restore is not complete; null: there is no such restore.</summary>
    public async Task<string?> FindIncompleteAsync(CancellationToken cancellation)
    {
        var mark = (await container.FindMarkAsync(cancellation))?.Mark;
        _isAwaited = mark is { CompletedAt: null };
        return _isAwaited ? mark!.Backup : null;
    }

    /// <summary>
    /// Returns whether a file was uploaded before a restore began. If its batch is not in the restored tables, nobody knows whether it ran.
    /// </summary>
    public async Task<bool> IsLaterThanAsync(DateTimeOffset uploaded, CancellationToken cancellation) =>
        await container.FindMarkAsync(cancellation) is { Mark.BegunAt: var begun } && uploaded < begun;
}
