using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PerCall.Backups;

namespace PerCall.Cli.Backups;

/// <summary>Lists the backups of the tables.</summary>
internal static class BackupsCommand
{
    public static Command Create()
    {
        var command = new Command("backups", "Lists the backups of the tables, oldest first.");
        StorageCommand.Set(command, async (blobs, _, _, output, cancellation) =>
        {
            var container = new BackupContainer(blobs.GetBlobContainerClient(BackupContainer.Name));
            var any = false;
            await foreach (var day in container.DaysAsync(cancellation))
            {
                any = true;
                await output.WriteLineAsync(await LineAsync(container, day, cancellation));
            }

            if (!any)
            {
                throw new RestoreException($"The container '{BackupContainer.Name}' has no backup.");
            }
        });
        return command;
    }

    private static async Task<string> LineAsync(BackupContainer container, string day, CancellationToken cancellation)
    {
        try
        {
            return await container.FindAsync(day, cancellation) is { } manifest
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"{day}  {manifest.StartedAt.UtcDateTime:HH:mm:ss} to {manifest.CompletedAt?.UtcDateTime:HH:mm:ss} UTC  ")
                    + string.Create(
                        CultureInfo.InvariantCulture, $"{manifest.Rows:N0} rows  format {manifest.Format}  version {manifest.Service}")
                : $"{day}  not complete";
        }
        catch (JsonException)
        {
            return $"{day}  damaged: the manifest cannot be read";
        }
    }
}
