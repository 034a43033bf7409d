using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using PerCall.Backups;
using PerCall.Bench.Results;
using PerCall.Testing;

namespace PerCall.Bench.Backups;

/// <summary><c>restore</c>: how long a backup of many tenants takes, and its restore.</summary>
internal static class RestoreCommand
{
    private const int KeysPerTenant = 4;

    private static readonly BackupTable[] Tables = [new("keys", TableKind.Copied), new("tenants", TableKind.Copied)];

    public static Command Create()
    {
        var tenants = new Option<int>("--tenants") { DefaultValueFactory = _ => 2_000 };
        var command = new Command("restore", "Backing up and restoring the tables of many tenants.") { tenants };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(tenants), cancellation));
        return command;
    }

    private static async Task RunAsync(int count, CancellationToken cancellation)
    {
        var report = new Report("Backup and restore");
        var azurite = new AzuriteFixture();
        await azurite.InitializeAsync();
        await using var ended = azurite;
        var (blobs, tables) = (new BlobServiceClient(azurite.ConnectionString), new TableServiceClient(azurite.ConnectionString));
        await blobs.CreateBlobContainerAsync(RecordedActions.Container, cancellationToken: cancellation);
        var container = new BackupContainer(await blobs.CreateBlobContainerAsync(BackupContainer.Name, cancellationToken: cancellation));
        await FillAsync(tables, count, cancellation);

        var began = Stopwatch.GetTimestamp();
        var sizes = new BackupSizes { RunTime = TimeSpan.FromHours(1) };
        await new TableBackup(container, tables, Tables, "bench", TimeProvider.System, sizes).ContinueAsync("2026-01-01", cancellation);
        var backup = Stopwatch.GetElapsedTime(began);
        foreach (var table in Tables)
        {
            await tables.DeleteTableAsync(table.Name, cancellation);
        }

        var restore = new TableRestore(container, tables, blobs.GetBlobContainerClient(RecordedActions.Container), TimeProvider.System);
        var result = await restore.RunAsync(null, Console.WriteLine, cancellation);
        var (rows, bytes) = (result.Backup.Rows, result.Backup.Tables.SelectMany(t => t.Parts).Sum(p => p.Bytes));
        report.Paragraph($"""
            {count:N0} tenants with {KeysPerTenant} keys each: {rows:N0} rows, {bytes / 1e6:0.00} MB of blobs.
            Azurite runs on the same machine.
            """);
        report.Table(["", "s", "rows/s"], [Line("backup", backup, rows), Line("restore", result.Elapsed, rows)]);
        await report.WriteAsync("restore", cancellation);
    }

    private static async Task FillAsync(TableServiceClient account, int count, CancellationToken cancellation)
    {
        var (keys, tenants) = (account.GetTableClient("keys"), account.GetTableClient("tenants"));
        await Task.WhenAll(keys.CreateAsync(cancellation), tenants.CreateAsync(cancellation));
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = cancellation };
        await Parallel.ForAsync(0, count, parallel, async (i, cancel) =>
        {
            var account = $"acc_{i:D32}";
            await tenants.AddEntityAsync(
                new TableEntity("tenant", $"tenant-{i}")
                {
                    ["Account"] = account,
                    ["Name"] = "A company of the benchmark",
                    ["Plan"] = "standard",
                    ["Status"] = "active",
                    ["CreatedAt"] = DateTimeOffset.UnixEpoch,
                },
                cancel);
            for (var k = 0; k < KeysPerTenant; k++)
            {
                await keys.AddEntityAsync(new TableEntity($"tenant:{account}", $"{i:D12}{k}"), cancel);
                await keys.AddEntityAsync(
                    new TableEntity($"{i:D12}{k}", "key")
                    {
                        ["Account"] = account,
                        ["Tenant"] = $"tenant-{i}",
                        ["Name"] = "server",
                        ["Roles"] = 1,
                        ["Hash"] = new byte[32],
                        ["CreatedAt"] = DateTimeOffset.UnixEpoch,
                    },
                    cancel);
            }
        });
    }

    private static string[] Line(string name, TimeSpan taken, long rows) =>
    [
        name, taken.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture),
        (rows / taken.TotalSeconds).ToString("N0", CultureInfo.InvariantCulture),
    ];
}
