using Azure.Data.Tables;
using Microsoft.Extensions.Time.Testing;
using PerCall.Backups;
using PerCall.Functions.Backups;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Storage.Formats;
using PerCall.Functions.Tenancy.Tenants;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Backups;

/// <summary>Instances that die while they take a backup, and commands that die while they restore one.</summary>
public sealed class BackupCrashTests(BackupBed bed) : IClassFixture<BackupBed>
{
    private static readonly string[] Copied = ["jobs", "webhooks", "keys", "tenants", "plans", "operators", "service"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task BackupAndRestore_KilledAtEachWrite_AreCompletedByTheNextAndLoseNothing()
    {
        var time = new FakeTimeProvider(new(2026, 11, 1, 3, 0, 0, TimeSpan.Zero));
        await using (var filling = await bed.StartAsync(time))
        {
            await FillAsync(filling);
        }

        var before = await CopiedRowsAsync();
        string day;
        var isKilled = true;
        for (var write = 1; isKilled; write++)
        {
            // Each death is on a day of its own, and the next instance has that day's backup to complete.
            time.SetUtcNow(time.GetUtcNow() + TimeSpan.FromDays(1));
            var faults = new StorageFaults();
            var dying = await bed.StartAsync(time, faults);
            faults.DieAt(faults.Writes + write, isSent: write % 2 == 0);
            isKilled = await faults.KillsAsync(() => dying.Get<NightlyBackup>().RunAsync(Cancellation));

            day = BackupContainer.IdOf(DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime));
            await using var next = await bed.StartAsync(time);
            await next.Get<NightlyBackup>().RunAsync(Cancellation);
            if (isKilled && await bed.Backups.FindAsync(day, Cancellation) is null)
            {
                // The dead instance may still be alive: until its claim is over, the backup is its own.
                time.Advance(TimeSpan.FromMinutes(6));
                await next.Get<NightlyBackup>().RunAsync(Cancellation);
            }

            var manifest = await bed.Backups.FindAsync(day, Cancellation);
            Assert.Equal(before.Count, manifest?.Rows);
        }

        isKilled = true;
        var writes = 0;
        while (isKilled)
        {
            await bed.LoseTablesAsync();
            await bed.Backups.Client.DeleteBlobIfExistsAsync("restore.json", cancellationToken: Cancellation);
            var faults = new StorageFaults();
            faults.DieAt(++writes, isSent: writes % 2 == 0);
            isKilled = await faults.KillsAsync(() => bed.Restore(faults).RunAsync(null, _ => { }, Cancellation));
            if (isKilled && await bed.Backups.FindMarkAsync(Cancellation) is not { Mark.CopiedAt: not null })
            {
                await bed.Restore().RunAsync(null, _ => { }, Cancellation);
            }

            Assert.Equal(before, await CopiedRowsAsync());
        }

        Assert.InRange(writes, 10, 1000);
    }

    [Fact]
    public async Task Backup_OfManyRows_ContinuesInPartsAndRemovesWhatIsTooOld()
    {
        var time = new FakeTimeProvider(new(2026, 10, 1, 3, 0, 0, TimeSpan.Zero));
        await using var instance = await bed.StartAsync(time);
        await FillAsync(instance);
        var count = (await CopiedRowsAsync()).Count;
        await instance.Get<NightlyBackup>().RunAsync(Cancellation);
        time.Advance(TimeSpan.FromDays(31));
        time.AutoAdvanceAmount = TimeSpan.FromSeconds(1);
        var tables = Copied.Select(t => new BackupTable(t, TableKind.Copied, t == JobTable.Name ? JobTable.EndedRows : null));
        var sizes = new BackupSizes { PartRows = 3, PageRows = 2, RunTime = TimeSpan.FromSeconds(3) };
        var backup = new TableBackup(bed.Backups, bed.Tables, [.. tables], "1", time, sizes);

        var runs = 1;
        for (; !await backup.ContinueAsync("2026-11-01", Cancellation); runs++)
        {
            Assert.InRange(runs, 1, 100);
        }

        Assert.InRange(runs, 2, 100);
        var manifest = await bed.Backups.FindAsync("2026-11-01", Cancellation);
        Assert.InRange(manifest!.Tables.Max(t => t.Parts.Count), 2, 100);
        Assert.Equal(count, manifest.Rows);
        await instance.Get<NightlyBackup>().RunAsync(Cancellation);
        Assert.Null(await bed.Backups.FindAsync("2026-10-01", Cancellation));
        Assert.NotNull(await bed.Backups.FindAsync("2026-11-01", Cancellation));
    }

    [Fact]
    public async Task Restore_OfABackupThatCannotBeRestored_SaysWhyAndWritesNothing()
    {
        var time = new FakeTimeProvider(new(2026, 9, 1, 3, 0, 0, TimeSpan.Zero));
        await using var instance = await bed.StartAsync(time);
        await FillAsync(instance);
        var rows = await CopiedRowsAsync();
        await instance.Get<NightlyBackup>().RunAsync(Cancellation);
        var day = "2026-09-01";

        Assert.Contains("no complete backup 2020-01-01", await RefusalAsync("2020-01-01"), StringComparison.Ordinal);
        var refusal = await RefusalAsync(day);
        Assert.Contains("these have rows: ", refusal, StringComparison.Ordinal);
        Assert.Contains("keys, tenants, plans", refusal, StringComparison.Ordinal);

        var manifest = (await bed.Backups.FindAsync(day, Cancellation))!;
        var part = manifest.Tables.Single(t => t.Table.Name == "keys").Parts[0];
        var blob = bed.Backups.Client.GetBlobClient(part.Blob);
        var stored = (await blob.DownloadContentAsync(Cancellation)).Value.Content.ToArray();
        await blob.UploadAsync(BinaryData.FromBytes(stored[..^9]), overwrite: true, Cancellation);
        Assert.Contains(part.Blob, await RefusalAsync(day), StringComparison.Ordinal);
        stored[^12] ^= 1;
        await blob.UploadAsync(BinaryData.FromBytes(stored), overwrite: true, Cancellation);
        Assert.Contains("is damaged", await RefusalAsync(day), StringComparison.Ordinal);

        var name = $"{day}/manifest.json";
        var text = (await bed.Backups.Client.GetBlobClient(name).DownloadContentAsync(Cancellation)).Value.Content.ToString();
        await bed.Backups.Client.GetBlobClient(name).UploadAsync(
            BinaryData.FromString(text.Replace("\"format\": 1", "\"format\": 2", StringComparison.Ordinal)), overwrite: true, Cancellation);
        Assert.Contains("has format 2", await RefusalAsync(day), StringComparison.Ordinal);
        Assert.Equal(rows, await CopiedRowsAsync());
    }

    private async Task<string> RefusalAsync(string day) =>
        (await Assert.ThrowsAsync<RestoreException>(() => bed.Restore().RunAsync(day, _ => { }, Cancellation))).Message;

    /// <summary>Tenants with keys and webhook secrets, and a batch whose row has every type that tables know.</summary>
    private async Task FillAsync(ServiceInstance instance)
    {
        for (var i = 0; i < 3; i++)
        {
            var tenant = await instance.AddTenantAsync($"t-{Guid.NewGuid():n}"[..12], budget: null);
            await instance.Get<Functions.Webhooks.Signing.SecretStore>().GetAsync(tenant.Row.Account, Cancellation);
        }

        var jobs = bed.Tables.GetTableClient("jobs");
        var account = (await instance.Get<TenantTable>().ListAsync(null, 1, Cancellation).FirstAsync(Cancellation)).Account;
        await jobs.UpsertEntityAsync(
            new TableEntity(account, $"job-{Guid.NewGuid():n}")
            {
                ["Format"] = StorageFormat.Written,
                ["Ended"] = new DateTimeOffset(2026, 8, 1, 12, 0, 0, TimeSpan.Zero).AddTicks(1234567),
                ["Int64"] = long.MaxValue,
                ["Int32"] = -5,
                ["Double"] = 0.1 + 0.2,
                ["Guid"] = Guid.NewGuid(),
                ["Binary"] = new byte[] { 0, 255, 10 },
                ["Bool"] = true,
                ["Text"] = "line\nend \"quoted\" \u00e4 \ud83d\ude00 \\",
                ["Empty"] = "",
            },
            cancellationToken: Cancellation);
        await jobs.UpsertEntityAsync(
            new TableEntity(account, "open") { ["Format"] = StorageFormat.Written, ["Job"] = "{}" }, cancellationToken: Cancellation);
    }

    /// <summary>The rows that a backup has to contain.</summary>
    private async Task<List<string>> CopiedRowsAsync() =>
    [
        .. (await bed.RowsAsync()).Where(
            r => Copied.Contains(r.Split(' ')[0]) && !r.Contains("RowKey:String=open", StringComparison.Ordinal)),
    ];
}
