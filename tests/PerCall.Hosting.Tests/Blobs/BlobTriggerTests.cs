using System.Text.Json;
using Azure.Storage.Queues;
using PerCall.Testing;
using Xunit;

namespace PerCall.Hosting.Tests.Blobs;

public sealed class BlobTriggerTests(AzuriteFixture azurite, ServiceFixture fixture) : IClassFixture<ServiceFixture>
{
    private const int Many = 40;

    [Fact]
    public async Task Trigger_MatchingBlobs_RunWithTheirNames()
    {
        var app = fixture.App;
        var service = fixture.Service;

        await app.UploadAsync("inbox", "in/acme/deep/er.v2.txt", "one");
        await app.UploadAsync("inbox", "elsewhere/acme/no.txt", "not meant");
        await app.UploadAsync("letters", "a b&ü.txt", "two");

        await service.WaitForLineAsync($"@inbox acme|deep/er.v2|txt one trigger {app.Prefix}-inbox/in/acme/deep/er.v2.txt");
        await service.WaitForLineAsync("@letter a b&ü two");
        Assert.DoesNotContain(service.Lines, l => l.Contains("not meant", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Trigger_Restart_NeitherRepeatsNorMisses()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        await app.UploadAsync("letters", "before.txt", "x");
        var first = await app.StartAsync();
        await app.UploadAsync("letters", "while.txt", "x");
        await first.WaitForLineAsync("@letter before");
        await first.WaitForLineAsync("@letter while");
        Assert.Equal(0, await first.StopAsync());

        await app.UploadAsync("letters", "down.txt", "x");
        var second = await app.StartAsync();
        await second.WaitForLineAsync("@letter down");

        // Another upload, so that a whole scan lies between.
        await app.UploadAsync("letters", "after.txt", "x");
        await second.WaitForLineAsync("@letter after");
        Assert.Equal(["@letter after x", "@letter down x"], Letters(second));
        Assert.Equal(["@letter before x", "@letter while x"], Letters(first));
    }

    [Fact]
    public async Task Trigger_Overwritten_RunsAgainAndDeletedIsForgotten()
    {
        var app = fixture.App;
        var service = fixture.Service;
        await app.UploadAsync("letters", "same.txt", "old");
        await service.WaitForLineAsync("@letter same old");

        await app.UploadAsync("letters", "same.txt", "new");
        await service.WaitForLineAsync("@letter same new");
        Assert.Equal(
            ["@letter same new", "@letter same old"], Letters(service).Where(l => l.StartsWith("@letter same", StringComparison.Ordinal)));

        var receipts = await CountReceiptsAsync(app);
        await app.Container("letters").DeleteBlobAsync("same.txt");
        await Eventually.HoldsAsync(
            async () => await CountReceiptsAsync(app) == receipts - 1,
            "the receipt is deleted with its blob");
        await app.UploadAsync("letters", "same.txt", "back");
        await service.WaitForLineAsync("@letter same back");
    }

    [Fact]
    public async Task Trigger_TwoProcesses_EachBlobRunsOnceAndBothTakePart()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        var services = await Sharing.StartTwoAsync(app);

        // A process that holds one blob takes no other until the gate opens.
        await app.UploadAsync("inbox", "in/acme/m0.txt", "gated");
        await app.UploadAsync("inbox", "in/acme/m1.txt", "gated");
        await Task.WhenAll(services.Select(s => s.WaitForLineAsync("@inbox acme|m")));
        await Parallel.ForAsync(2, Many, Sharing.InParallel, async (i, _) => await app.UploadAsync("inbox", $"in/acme/m{i}.txt", "x"));
        app.OpenGate("m0");
        app.OpenGate("m1");

        await Sharing.EachOnceByBothAsync(Many, Done, services);
    }

    [Fact]
    public async Task Kill_InMidRun_RunsAgainInTheOtherProcess()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app["PerCall__Hosting__MessageLease"] = "00:00:02";
        await app.UploadAsync("inbox", "in/acme/a.txt", "hang");
        var first = await app.StartAsync(("Hang", "true"));
        await first.WaitForLineAsync("@inbox acme|a|txt hang");

        var second = await app.StartAsync();
        await first.KillAsync();

        await second.WaitForLineAsync("@inbox acme|a|txt done");
    }

    [Fact]
    public async Task Trigger_AlwaysFails_IsPoisonedWithTheDocumentedMessage()
    {
        var app = fixture.App;
        var service = fixture.Service;

        await app.UploadAsync("inbox", "in/acme/bad.txt", "fail");

        var poison = new QueueClient(azurite.ConnectionString, "webjobs-blobtrigger-poison");
        JsonElement? message = null;
        await Eventually.HoldsAsync(async () => (message = await FindAsync(poison, $"{app.Prefix}-inbox")) is not null, "a poison message");
        var etag = (await app.Container("inbox").GetBlobClient("in/acme/bad.txt").GetPropertiesAsync()).Value.ETag;
        Assert.Equal(
            ["Host.Functions.inbox", "BlockBlob", $"{app.Prefix}-inbox", "in/acme/bad.txt", etag.ToString("H")],
            message!.Value.EnumerateObject().Select(p => p.Value.GetString()));
        Assert.Equal(["FunctionId", "BlobType", "ContainerName", "BlobName", "ETag"], message.Value.EnumerateObject().Select(p => p.Name));
        await service.WaitForLinesAsync("@inbox acme|bad|txt fail", 5);
        Assert.Equal(5, service.Lines.Count(l => l.StartsWith("@inbox acme|bad|txt fail", StringComparison.Ordinal)));
    }

    /// <summary>On Container Apps nobody scans while there is no replica; an event in the host's queue starts one.</summary>
    [Fact]
    public async Task Trigger_EventInTheQueue_RunsWithoutAScan()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        app["PerCall__Hosting__BlobScanInterval"] = "01:00:00";
        await app.UploadAsync("inbox", "in/acme/scanned.txt", "x");
        var service = await app.StartAsync();
        await service.WaitForLineAsync("@inbox acme|scanned|txt x");

        await app.UploadAsync("inbox", "in/acme/a b&ü.txt", "told");
        await app.UploadAsync("inbox", "elsewhere/acme/no.txt", "not meant");
        await SendEventAsync(app, "elsewhere/acme/no.txt");
        await SendEventAsync(app, "in/acme/gone.txt");
        await SendEventAsync(app, "in/acme/a b&ü.txt");

        await service.WaitForLineAsync("@inbox acme|a b&ü|txt told");
        Assert.DoesNotContain(service.Lines, l => l.Contains("not meant", StringComparison.Ordinal));
    }

    /// <summary>As Event Grid does for a subscription with a storage queue: in base64.</summary>
    private static async Task SendEventAsync(TestApp app, string name)
    {
        var blob = app.Container("inbox").GetBlobClient(name);
        var etag = await blob.ExistsAsync() ? (await blob.GetPropertiesAsync()).Value.ETag.ToString("G") : "0x8DB0000000000000";
        var told = new
        {
            topic = "/subscriptions/0/resourceGroups/percall/providers/Microsoft.Storage/storageAccounts/stpercall",
            subject = $"/blobServices/default/containers/{blob.BlobContainerName}/blobs/{name}",
            eventType = "Microsoft.Storage.BlobCreated",
            id = Guid.NewGuid(),
            data = new { api = "PutBlob", eTag = etag, contentLength = 4, blobType = "BlockBlob", url = blob.Uri.AbsoluteUri },
            dataVersion = "",
            metadataVersion = "1",
            eventTime = "2026-01-01T00:00:00Z",
        };
        var queue = new QueueClient(
            app.ConnectionString, $"azure-webjobs-blobtrigger-{app.Prefix}", new() { MessageEncoding = QueueMessageEncoding.Base64 });
        await queue.SendMessageAsync(JsonSerializer.Serialize(told));
    }

    private static ValueTask<int> CountReceiptsAsync(TestApp app) =>
        app.HostContainer().GetBlobsAsync(new() { Prefix = $"percall/receipts/{app.Prefix}/letter/" }).CountAsync();

    private static List<string> Done(ServiceProcess service) =>
        [.. service.Lines
            .Where(l => l.StartsWith("@inbox acme|m", StringComparison.Ordinal) && l.EndsWith(" done", StringComparison.Ordinal))];

    private static List<string> Letters(ServiceProcess service) =>
        [.. service.Lines.Where(l => l.StartsWith("@letter", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private static async Task<JsonElement?> FindAsync(QueueClient queue, string container)
    {
        if (!await queue.ExistsAsync())
        {
            return null;
        }

        return (await queue.PeekMessagesAsync(32)).Value
            .Select(m => JsonSerializer.Deserialize<JsonElement>(m.MessageText))
            .Where(m => m.GetProperty("ContainerName").GetString() == container)
            .Select(m => (JsonElement?)m)
            .FirstOrDefault();
    }
}
