using PerCall.Backups;

namespace PerCall.Functions.Storage;

/// <summary>
/// Reads the mark that <c>percall restore</c> leaves. Nothing is cached: the mark is read only where a restore could matter, which is rare.
/// </summary>
public sealed class RestoredTables(BackupContainer container)
{
    /// <summary>Raised when a call had to be refused because a restore is not complete.</summary>
    public event Action? Awaited;

    /// <summary>Returns the backup whose restore is not complete; null: there is no such restore.</summary>
    public async Task<string?> FindIncompleteAsync(CancellationToken cancellation)
    {
        if ((await container.FindMarkAsync(cancellation))?.Mark is not { CompletedAt: null } mark)
        {
            return null;
        }

        Awaited?.Invoke();
        return mark.Backup;
    }

    /// <summary>
    /// Returns whether a restore began after a file was uploaded. If the file's batch is not in the restored tables, it is unknown whether
    /// it ran. Both times are whole seconds of storage's clock, so a restore of the same second counts as later.
    /// </summary>
    public async Task<bool> IsLaterThanAsync(DateTimeOffset uploaded, CancellationToken cancellation) =>
        await container.FindMarkAsync(cancellation) is { Mark.BegunAt: var begun } && uploaded <= begun;
}
