using Azure.Storage.Queues;
using PerCall.Hosting.Queues;
using PerCall.Testing;
using Xunit;

namespace PerCall.Hosting.Tests.Queues;

public sealed class QueueTriggerTests(AzuriteFixture azurite, ServiceFixture fixture) : IClassFixture<ServiceFixture>
{
    [Fact]
    public async Task Trigger_EachParameterType_GetsTheMessage()
    {
        var app = fixture.App;
        var service = fixture.Service;

        await app.SendAsync("text", "grüße");
        await app.SendAsync("message", "as a message");
        var bytes = app.Queue("bytes");
        await bytes.CreateIfNotExistsAsync();
        await bytes.SendMessageAsync(BinaryData.FromBytes([0x00, 0xFF, 0x10]));
        await app.SendWorkAsync("a", "ok");

        await service.WaitForLineAsync("@text grüße");
        await service.WaitForLineAsync("@message as a message run 1");
        await service.WaitForLineAsync("@bytes 00FF10");
        await service.WaitForLineAsync("@work a ok run 1 tenant acme");
        await service.WaitForLineAsync("@work a done");
    }

    [Fact]
    public async Task Trigger_QueueThatIsMissing_IsMade()
    {
        var app = fixture.App;

        await Eventually.HoldsAsync(async () => await app.Queue("text").ExistsAsync(), "the queue exists");
    }

    [Fact]
    public async Task Trigger_PropertiesOfTheMessage_OverwriteBuiltInBindingData()
    {
        var app = fixture.App;
        var service = fixture.Service;

        await app.SendAsync("work", """{"task":"b","behaviour":"ok","id":"mine","dequeueCount":77}""");

        await service.WaitForLineAsync("@work b ok run 77 tenant  id mine");
    }

    [Fact]
    public async Task Trigger_MessageEncodingNone_TakesTextAsItIs()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        var service = await app.StartAsync(("AzureFunctionsJobHost__extensions__queues__messageEncoding", "none"));

        var queue = new QueueClient(azurite.ConnectionString, $"{app.Prefix}-text");
        await queue.CreateIfNotExistsAsync();
        await queue.SendMessageAsync("plain & simple");

        await service.WaitForLineAsync("@text plain & simple");
    }

    [Fact]
    public async Task Trigger_FailsOnce_RunsAgainWithDequeueCountTwo()
    {
        var app = fixture.App;
        var service = fixture.Service;

        await app.SendWorkAsync("c", "fail-once");

        await service.WaitForLineAsync("@work c done");
        Assert.Equal(["1", "2"], Runs(service, "c"));
        await Eventually.HoldsAsync(
            async () => (await app.Queue("work").GetPropertiesAsync()).Value.ApproximateMessagesCount == 0, "the queue is empty");
    }

    [Fact]
    public async Task Trigger_AlwaysFails_IsPoisonedAfterExactlyMaxDequeueCountRuns()
    {
        var app = fixture.App;
        var service = fixture.Service;

        await app.SendWorkAsync("e", "fail");

        await Eventually.HoldsAsync(async () => await IsPoisonedAsync(app, "work", "\"task\":\"e\""), "a poison message");
        await service.WaitForLinesAsync("@work e fail run", 5);
        Assert.Equal(["1", "2", "3", "4", "5"], Runs(service, "e"));
    }

    [Fact]
    public async Task Trigger_PoisonQueueItself_HasNoPoisonQueue()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        var service = await app.StartAsync(("AzureFunctionsJobHost__extensions__queues__maxDequeueCount", "2"));

        await app.SendAsync("fails-poison", "bad");

        await service.WaitForLinesAsync("@poisoned bad", 2);
        await Eventually.HoldsAsync(
            () => Task.FromResult(service.Lines.Any(l => l.Contains("keeps failing and has no poison queue", StringComparison.Ordinal))),
            "the message is told of",
            service);
        // It is hidden, and not deleted: nobody has seen it.
        Assert.Equal(1, (await app.Queue("fails-poison").GetPropertiesAsync()).Value.ApproximateMessagesCount);
        Assert.False(await app.Queue("fails-poison-poison").ExistsAsync());
        Assert.Equal(2, service.Lines.Count(l => l.StartsWith("@poisoned", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Trigger_UndecodableMessage_IsPoisonedAtOnce()
    {
        var app = fixture.App;
        var service = fixture.Service;

        var queue = new QueueClient(azurite.ConnectionString, $"{app.Prefix}-text");
        await queue.CreateIfNotExistsAsync();
        await queue.SendMessageAsync("no base64!");

        await Eventually.HoldsAsync(async () => await IsPoisonedAsync(app, "text", "no base64!"), "a poison message");
        Assert.DoesNotContain(service.Lines, l => l.StartsWith("@text no", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Trigger_PayloadThatIsNotTheClass_IsPoisonedAfterItsRetries()
    {
        var app = fixture.App;

        await app.SendAsync("work", "[1, 2");

        await Eventually.HoldsAsync(async () => await IsPoisonedAsync(app, "work", "[1, 2"), "a poison message");
    }

    // As they are in storage: what was decoded is base64, what could not be is not.
    private static async Task<bool> IsPoisonedAsync(TestApp app, string queue, string text)
    {
        var poison = new QueueClient(app.ConnectionString, $"{app.Prefix}-{queue}-poison");
        if (!await poison.ExistsAsync())
        {
            return false;
        }

        var texts = (await poison.PeekMessagesAsync(32)).Value.Select(
            m => MessageEncoding.Decode(m.MessageText, base64: true)?.ToString() ?? m.MessageText);
        return texts.Any(t => t.Contains(text, StringComparison.Ordinal));
    }

    internal static IEnumerable<string> Runs(ServiceProcess service, string task) => service.Lines
        .Where(l => l.StartsWith($"@work {task} ", StringComparison.Ordinal) && l.Contains(" run ", StringComparison.Ordinal))
        .Select(l => l.Split(' ')[4]);
}
