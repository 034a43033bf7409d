using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Steps;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Calls;

/// <summary>A batch of calls whose instance dies at one write after another: whoever goes on brings it to the same end.</summary>
public sealed class CallCrashTests
{
    /// <summary>Deaths are tried at each third write, alternately before and after it reaches storage.</summary>
    private const int Step = 3;

    private static readonly (string, string)[] Settings =
    [
        ("PerCall:Batches:ShardRows", "6"), ("PerCall:Batches:CallTurn", "00:00:00.1"), ("PerCall:Batches:CallsPerTenant", "2"),
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_WithADeathAtWrites_DeliversEachRowOnceAndChargesOnce()
    {
        // Storage of its own: instances take messages out of queues that all tests share.
        await using var azurite = new AzuriteFixture();
        await azurite.InitializeAsync();
        var provider = new FakeProvider { Before = (_, cancellation) => Task.Delay(2, cancellation) };
        await using var survivor = await CallBed.InstanceAsync(azurite, provider, Settings);
        var texts = CallBed.Texts(10);
        var deaths = 0;
        for (Exception? death = null; deaths == 0 || death is not null; deaths++)
        {
            var bed = await CallBed.CreateAsync(azurite, survivor);
            await using var victim = CallBed.Beside(survivor, provider, Settings);
            var job = await bed.OrderAsync(victim, texts.Select((t, i) => CallBed.Row(t, $"row-{i}")));
            victim.DieAfter(deaths * Step, afterSending: deaths % 2 == 1);

            death = await victim.RunAsync(bed.Account, job.Id);
            Assert.Null(await survivor.RunAsync(bed.Account, job.Id));
            await survivor.Get<JobWatch>().LookAsync(Cancellation);

            var ended = await bed.ReadAsync(survivor, job.Id);
            Assert.Equal((JobEnding.Completed, 10), (ended.Ending, (int)ended.Result!.Rows.Delivered));
            var output = await CallBed.LinesAsync(survivor, ended, ResultFile.Output);
            Assert.Equal(texts.Select(t => $"You said: {t}"), output.Select(CallBed.ContentOf));
            await bed.RequireChargedAsync(survivor, ended, texts);
            Assert.Equal(0, await bed.LeftAsync());
        }

        Assert.True(deaths > 5, $"{deaths} writes are too few to have died at.");
    }
}
