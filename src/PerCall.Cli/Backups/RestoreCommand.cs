using System.CommandLine;
using System.Globalization;
using PerCall.Backups;

namespace PerCall.Cli.Backups;

/// <summary>Restores the tables from a backup.</summary>
internal static class RestoreCommand
{
    public static Command Create()
    {
        var backup = new Option<string?>("--backup")
        {
            Description = "Day of the backup, for example 2026-11-29. Default: the newest complete backup.",
        };
        backup.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } day && !BackupContainer.IsId(day))
            {
                result.AddError($"'{day}' is not a day; expected the form 2026-11-29.");
            }
        });
        var command = new Command(
            "restore", "Restores the tables from a backup into an account whose tables are empty. Stop the service first.")
        {
            backup,
        };
        StorageCommand.Set(command, async (blobs, tables, parsed, output, cancellation) =>
        {
            var restore = new TableRestore(
                new(blobs.GetBlobContainerClient(BackupContainer.Name)), tables,
                blobs.GetBlobContainerClient(RecordedActions.Container), TimeProvider.System);
            Print(await restore.RunAsync(parsed.GetValue(backup), output.WriteLine, cancellation), output);
        });
        return command;
    }

    private static void Print(RestoreResult result, TextWriter output)
    {
        foreach (var copy in result.Backup.Tables.Where(t => t.Table.Kind != TableKind.Copied))
        {
            output.WriteLine($"Table {copy.Table.Name}: not restored; {copy.Table.Reason}.");
        }

        var actions = result.Actions;
        PrintList(output, "Done again, because the audit log says so:", actions.Applied);
        PrintList(
            output, "Recorded since the backup began. Check whether the tables have it, and do it again if not:",
            [.. actions.Others.Select(r => string.Create(
                CultureInfo.InvariantCulture, $"{r.Time.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC  {r.Actor}  {r.Action} {r.Subject}"))]);
        if (actions.Unreadable > 0)
        {
            output.WriteLine($"{actions.Unreadable} lines of the audit log are damaged. An erasure recorded there was not done again.");
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{result.Rows.Values.Sum():N0} rows restored in {result.Elapsed.TotalSeconds:0.0} s.")
            + " Start the service: it counts usage and budgets again from the journal.");
    }

    private static void PrintList(TextWriter output, string title, IReadOnlyList<string> lines)
    {
        if (lines.Count > 0)
        {
            output.WriteLine(title);
            foreach (var line in lines)
            {
                output.WriteLine($"  {line}");
            }
        }
    }
}
