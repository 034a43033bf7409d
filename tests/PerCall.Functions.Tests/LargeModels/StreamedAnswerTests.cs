using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PerCall.Functions.Tests.Metering;
using PerCall.Inference.Redaction;
using PerCall.LargeModels;
using PerCall.Testing;
using Xunit;
using static PerCall.Functions.Tests.Metering.MeteredCallBed;

namespace PerCall.Functions.Tests.LargeModels;

/// <summary>Streams: what leaves, when, and what is charged for it.</summary>
public sealed class StreamedAnswerTests(AzuriteFixture azurite)
{
    // Each word is one token.
    private const string Two = " the time";
    private const string Three = " the time people";
    private const string Four = " the time people year";
    private const string Six = " the time people year day world";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_EachSegment_IsChargedOnDiskBeforeItLeaves()
    {
        await using var bed = await CreateAsync(azurite);
        using var stream = new StreamBed(await (await bed.StartAsync()).ReservedAsync());
        var writes = 0;
        stream.Received.Before = async () =>
        {
            // What is about to leave is on disk, and so is what left before.
            writes++;
            Assert.Equal((StreamBed.Prompt, writes < 4 ? writes * 2 : 6), await TotalsAsync(bed));
        };

        var running = stream.RunAsync();
        foreach (var part in (string[])[" the time", " people year", " day world"])
        {
            await stream.SayAsync(part);
            await ArrivesAsync(() => stream.Received.TextOf().EndsWith(part, StringComparison.Ordinal), "the segment arrives");
        }

        await stream.StopAsync();
        await stream.DoneAsync();
        await running;

        Assert.Equal(4, writes);
        Assert.Equal(Six, stream.Received.TextOf());
        Assert.EndsWith(": percall cost=172 units=26\n\ndata: [DONE]\n\n", stream.Received.Raw(), StringComparison.Ordinal);
        Assert.True(stream.Received.Events()[0].GetProperty("percall").GetProperty("ai_generated").GetBoolean());
        Assert.All(stream.Received.Events().Skip(1), e => Assert.False(e.TryGetProperty("percall", out _)));
    }

    [Theory]
    [InlineData(25, 4)]
    [InlineData(18, 9)]
    public async Task Run_ProviderReportsUsage_LastChargeCorrectsTheSum(long prompt, long output)
    {
        await using var bed = await CreateAsync(azurite);
        using var stream = new StreamBed(await (await bed.StartAsync()).ReservedAsync());

        var running = stream.RunAsync();
        await stream.SayAsync(Six);
        await ArrivesAsync(() => stream.Received.TextOf() == Six, "the text arrives");
        await stream.StopAsync();
        await stream.ReportAsync(prompt, output);
        await stream.DoneAsync();
        await running;

        Assert.Equal((prompt, output), await TotalsAsync(bed));
        var events = await bed.EventsAsync();
        Assert.Equal(stream.Id, events[0].Id);
        Assert.Equal(["counted", "counted", "reported", "reported"], events.Select(e => e.Basis));
        // A micro-unit for a token of the prompt, two for one of the answer.
        Assert.Equal(prompt + (2 * output), events.Sum(e => e.Cost ?? 0));
    }

    [Fact]
    public async Task Run_CallerLeaves_PaysForWhatWasSent()
    {
        await using var bed = await CreateAsync(azurite);
        using var stream = new StreamBed(await (await bed.StartAsync()).ReservedAsync());

        var running = stream.RunAsync();
        await stream.SayAsync(Three);
        await ArrivesAsync(() => stream.Received.TextOf() == Three, "the text arrives");
        await stream.LeaveAsync();
        await running;

        Assert.Equal((StreamBed.Prompt, 3), await TotalsAsync(bed));
        Assert.Equal(Three, stream.Received.TextOf());
    }

    [Fact]
    public async Task Run_CallerLeavesBeforeTheFirstText_PaysNothing()
    {
        await using var bed = await CreateAsync(azurite);
        using var stream = new StreamBed(await (await bed.StartAsync()).ReservedAsync());

        var running = stream.RunAsync();
        await stream.SayAsync("");
        await ArrivesAsync(() => stream.Received.Events().Count == 1, "the first event arrives");
        await stream.LeaveAsync();
        await running;

        Assert.Empty(await bed.EventsAsync());
    }

    [Fact]
    public async Task Run_ProviderBreaksOff_SendsAnErrorAndChargesWhatArrived()
    {
        await using var bed = await CreateAsync(azurite);
        using var stream = new StreamBed(await (await bed.StartAsync()).ReservedAsync());

        var running = stream.RunAsync();
        await stream.SayAsync(Four);
        await stream.BreakAsync();
        await running;

        Assert.Equal((StreamBed.Prompt, 4), await TotalsAsync(bed));
        Assert.Equal("provider_interrupted", stream.Received.Events()[^1].GetProperty("error").GetProperty("code").GetString());
        Assert.DoesNotContain("[DONE]", stream.Received.Raw(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ProviderBreaksOffAfterTheEnd_AnswerIsComplete()
    {
        await using var bed = await CreateAsync(azurite);
        using var stream = new StreamBed(await (await bed.StartAsync()).ReservedAsync());

        var running = stream.RunAsync();
        await stream.SayAsync(Four);
        await stream.StopAsync();
        await stream.BreakAsync();
        await running;

        Assert.Equal((StreamBed.Prompt, 4), await TotalsAsync(bed));
        Assert.EndsWith("data: [DONE]\n\n", stream.Received.Raw(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ProviderBreaksOffBeforeTheFirstEvent_IsAnError()
    {
        await using var bed = await CreateAsync(azurite);
        using var stream = new StreamBed(await (await bed.StartAsync()).ReservedAsync());

        var running = stream.RunAsync();
        await stream.BreakAsync();

        var refused = await Assert.ThrowsAsync<LargeModelRefusedException>(() => running);
        Assert.Equal((StatusCodes.Status502BadGateway, "provider_interrupted"), (refused.Status, refused.Code));
        Assert.Empty(await bed.EventsAsync());
    }

    [Fact]
    public async Task Run_JournalIsFenced_NothingLeavesThatIsNotCharged()
    {
        await using var bed = await CreateAsync(azurite);
        var instance = await bed.StartAsync();
        using var stream = new StreamBed(await instance.ReservedAsync());

        var running = stream.RunAsync();
        await stream.SayAsync(Two);
        await ArrivesAsync(() => stream.Received.TextOf() == Two, "the text arrives");
        // Another instance takes this one for dead.
        await foreach (var _ in bed.Journals.Fence().CloseAsync(await instance.Journal.PositionAsync(Cancellation), Cancellation))
        {
        }

        await stream.SayAsync(" people year");
        await running;

        Assert.Equal(Two, stream.Received.TextOf());
        Assert.Equal("charge_not_recorded", stream.Received.Events()[^1].GetProperty("error").GetProperty("code").GetString());
        Assert.Equal((StreamBed.Prompt, 2), await TotalsAsync(bed));
    }

    [Fact]
    public async Task Run_MoreThanTheBound_ChargesTheBound()
    {
        await using var bed = await CreateAsync(azurite);
        using var stream = new StreamBed(await (await bed.StartAsync()).ReservedAsync(output: 50));

        var running = stream.RunAsync();
        await stream.SayAsync(string.Concat(Enumerable.Repeat(" the", 80)));
        await stream.StopAsync();
        await stream.ReportAsync(500, 900);
        await stream.DoneAsync();
        await running;

        var (prompt, output) = await TotalsAsync(bed);
        Assert.InRange(prompt, StreamBed.Prompt, 100);
        Assert.Equal(50, output);
    }

    [Fact]
    public async Task Run_CallerReadsSlowly_ProviderIsNotReadAhead()
    {
        await using var bed = await CreateAsync(azurite);
        using var stream = new StreamBed((await bed.StartAsync()).OpenCall());
        var free = new TaskCompletionSource();
        stream.Received.Before = () => free.Task;

        var running = stream.RunAsync();
        var pieces = 0;
        var writing = Task.Run(
            async () =>
            {
                for (; pieces < 1000; pieces++)
                {
                    await stream.SayAsync(new string('x', 1000));
                }

                await stream.StopAsync();
                await stream.DoneAsync();
            }, Cancellation);
        // The pipe between provider and service, and one segment, take far fewer events than there are.
        var before = -1;
        await ArrivesAsync(
            () =>
            {
                var stands = pieces > 10 && pieces == before;
                before = pieces;
                return stands;
            },
            "the provider has to wait");
        Assert.InRange(before, 11, 300);

        free.SetResult();
        await writing;
        await running;
        Assert.Equal(1_000_000, stream.Received.TextOf().Length);
    }

    [Fact]
    public async Task Run_RedactedValues_ComeBackWhateverTheChunks()
    {
        await using var bed = await CreateAsync(azurite);
        var instance = await bed.StartAsync();
        const string Original = "Write to jane.doe@example.com, or to \"john\" at john@example.org [sic].";
        for (var seed = 0; seed < 200; seed++)
        {
            var text = new Redactor().Redact(Original, out var map).Text;
            using var stream = new StreamBed(instance.OpenCall(), map, choices: 2);
            var random = new Random(seed);
            var running = stream.RunAsync();
            var at = new int[2];
            while (at[0] < text.Length || at[1] < text.Length)
            {
                var choice = random.Next(2);
                var length = Math.Min(random.Next(1, 9), text.Length - at[choice]);
                if (length > 0)
                {
                    await stream.SayAsync(text.Substring(at[choice], length), choice);
                    at[choice] += length;
                }
            }

            await stream.StopAsync(1);
            await stream.StopAsync();
            await stream.DoneAsync();
            await running;

            Assert.Equal((Original, Original), (stream.Received.TextOf(), stream.Received.TextOf(1)));
        }
    }

    [Fact]
    public async Task Run_RedactedValuesInJson_AreEscapedWhateverTheChunks()
    {
        await using var bed = await CreateAsync(azurite);
        var instance = await bed.StartAsync();
        const string Key = "-----BEGIN PRIVATE KEY-----\nMIIB\"\\é\n-----END PRIVATE KEY-----";
        var text = $$"""{"key": "{{new Redactor().Redact(Key, out var map).Text}}", "lines": 3}""";
        for (var seed = 0; seed < 50; seed++)
        {
            using var stream = new StreamBed(instance.OpenCall(), map, jsonText: true);
            var random = new Random(seed);
            var running = stream.RunAsync();
            for (int at = 0, length; at < text.Length; at += length)
            {
                length = Math.Min(random.Next(1, 9), text.Length - at);
                await stream.SayAsync(text.Substring(at, length));
            }

            await stream.StopAsync();
            await stream.DoneAsync();
            await running;

            using var json = JsonDocument.Parse(stream.Received.TextOf());
            Assert.Equal((Key, 3), (json.RootElement.GetProperty("key").GetString(), json.RootElement.GetProperty("lines").GetInt32()));
        }
    }

    private static Task ArrivesAsync(Func<bool> condition, string what) =>
        Eventually.HoldsAsync(() => Task.FromResult(condition()), what);

    /// <summary>The charged tokens of prompt and answer, as the journal has them on disk.</summary>
    private static async Task<(long In, long Out)> TotalsAsync(MeteredCallBed bed)
    {
        var events = await bed.EventsAsync();
        return (events.Where(e => e.Price.Unit == In).Sum(e => e.Units), events.Where(e => e.Price.Unit == Out).Sum(e => e.Units));
    }
}
