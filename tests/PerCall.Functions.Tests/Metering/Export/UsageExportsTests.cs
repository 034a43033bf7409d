using System.Text.Json;
using Azure.Storage.Blobs;
using PerCall.Functions.Journal;
using PerCall.Functions.Metering.Export;
using PerCall.Functions.Requests;
using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Metering.Export;

public sealed class UsageExportsTests(AzuriteFixture azurite)
{
    private const string G1 = "0193f000000070008000000000000001";
    private const string G2 = "0193f000000070008000000000000002";

    [Fact]
    public async Task Run_AgainAndAgain_ExportsEachEventOnce()
    {
        await using var bed = await UsageBed.CreateAsync(azurite);
        var exports = await ExportsAsync(bed);
        var journal = bed.Journals.Journal();
        for (var round = 0; round < 4; round++)
        {
            await journal.AppendAsync(bed.Journals.Event(), null);
            await journal.AppendAsync(bed.Journals.Event("other"), null);
            if (round == 1)
            {
                // Journals of an hour that is over need not be looked at again.
                bed.Journals.Time.Set(bed.Journals.Time.GetUtcNow().AddHours(2));
                await bed.RollUp().RunAsync(default);
            }

            var export = await exports.RunAsync(default);
            Assert.Equal(($"0000000{round + 1}.jsonl", 2L), (export.File, export.Events));
            Assert.Equal(0, (await exports.RunAsync(default)).Events);
        }

        Assert.Equal(Enumerable.Range(1, 8).Select(i => $"e{i}"), await IdsAsync(exports));
    }

    [Fact]
    public async Task Run_KilledAtEveryWrite_ExportsEachEventOnce()
    {
        var killed = true;
        for (var n = 1; killed; n++)
        {
            await using var bed = await UsageBed.CreateAsync(azurite);
            var container = await ContainerAsync(bed);
            await bed.WriteAsync($"2026/03/01/10/{G1}-00000.jsonl", Enumerable.Range(0, 5).Select(_ => bed.Journals.Event()));
            killed = await RunKilledAsync(bed, container, n, isSent: false);
            // What comes in between goes into this file or the next one.
            await bed.WriteAsync(
                $"2026/03/01/10/{G2}-00000.jsonl", Enumerable.Range(0, 3).Select(_ => bed.Journals.Event()), new() { Close = new(null) });
            await RunKilledAsync(bed, container, n, isSent: true);

            var exports = await ExportsAsync(bed, container);
            while ((await exports.RunAsync(default)).Events > 0)
            {
            }

            Assert.Equal(["e1", "e2", "e3", "e4", "e5", "e6", "e7", "e8"], await IdsAsync(exports));
            Assert.True(n < 20);
        }
    }

    [Fact]
    public async Task Run_ManyAtOnce_ExportsEachEventOnce()
    {
        await using var bed = await UsageBed.CreateAsync(azurite);
        var container = await ContainerAsync(bed);
        var journal = bed.Journals.Journal();
        for (var round = 0; round < 4; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => journal.AppendAsync(bed.Journals.Event(), null)));
            await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ => await (await ExportsAsync(bed, container)).RunAsync(default)));
        }

        var exports = await ExportsAsync(bed, container);
        await exports.RunAsync(default);
        Assert.Equal(Enumerable.Range(1, 40).Select(i => $"e{i}").Order(), (await IdsAsync(exports)).Order());
    }

    [Fact]
    public async Task File_OfEvents_HasCloudEventsOfTenants()
    {
        await using var bed = await UsageBed.CreateAsync(azurite);
        var exports = await ExportsAsync(bed);
        var tenant = await bed.AddTenantAsync();
        await bed.WriteAsync(
            $"2026/03/01/10/{G1}-00000.jsonl", [bed.Journals.Event(tenant.Account), bed.Journals.Event("acc_erased")],
            new() { Close = new(null) });

        var export = await exports.RunAsync(default);

        var lines = await LinesAsync(exports, export.File!);
        Assert.Equal([tenant.RowKey, "acc_erased"], lines.Select(l => l.GetProperty("subject").GetString()));
        Assert.All(
            lines, l =>
                Assert.Equal(
                    ("1.0", $"percall/{G1}", "percall.usage"),
                    (l.GetProperty("specversion").GetString(), l.GetProperty("source").GetString(), l.GetProperty("type").GetString())));
        Assert.Equal(lines[0].GetProperty("time").GetDateTimeOffset(), export.First);
        Assert.Equal(lines[1].GetProperty("time").GetDateTimeOffset(), export.Last);
    }

    [Theory]
    [InlineData("cursor.json")]
    [InlineData("00000002.jsonl")]
    [InlineData("1.jsonl")]
    [InlineData("plans/00000001.json")]
    public async Task Open_OfWhatIsNoExport_IsRefused(string file)
    {
        await using var bed = await UsageBed.CreateAsync(azurite);
        var exports = await ExportsAsync(bed);
        await bed.WriteAsync($"2026/03/01/10/{G1}-00000.jsonl", [bed.Journals.Event()]);
        await exports.RunAsync(default);

        Assert.Equal("file_not_found", (await Assert.ThrowsAsync<RefusedException>(() => exports.OpenAsync(file, default))).Code);
    }

    private static async Task<string> ContainerAsync(UsageBed bed)
    {
        var name = $"exports-{Guid.NewGuid():n}";
        await new BlobServiceClient(bed.Journals.Connection).GetBlobContainerClient(name).CreateAsync();
        return name;
    }

    private static async Task<UsageExports> ExportsAsync(UsageBed bed, string? container = null, StorageFaults? faults = null)
    {
        var options = JournalContainer.WriterOptions().Through(faults);
        var blobs = new BlobServiceClient(bed.Journals.Connection, options).GetBlobContainerClient(container ?? await ContainerAsync(bed));
        var reader = bed.Journals.Reader();
        return new(new ExportContainer(blobs), new ExportPlanner(reader, bed.Table()), reader, await bed.NamesAsync());
    }

    private static Task<bool> RunKilledAsync(UsageBed bed, string container, int write, bool isSent)
    {
        var faults = new StorageFaults();
        faults.DieAt(write, isSent);
        return faults.KillsAsync(async () => await (await ExportsAsync(bed, container, faults)).RunAsync(default));
    }

    private static async Task<List<string>> IdsAsync(UsageExports exports)
    {
        List<string> ids = [];
        for (var n = 1; ; n++)
        {
            try
            {
                ids.AddRange((await LinesAsync(exports, ExportContainer.FileName(n))).Select(l => l.GetProperty("id").GetString()!));
            }
            catch (RefusedException)
            {
                return ids;
            }
        }
    }

    private static async Task<List<JsonElement>> LinesAsync(UsageExports exports, string file)
    {
        using var text = new StreamReader(await exports.OpenAsync(file, default));
        return [.. (await text.ReadToEndAsync()).Split(
            '\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
    }
}
