using PerCall.Functions.Journal;
using PerCall.Functions.Predictions;
using PerCall.Functions.Requests;
using PerCall.Inference;
using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Predictions;

public sealed class PredictionRunnerTests(AzuriteFixture azurite)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<int, bool, int> Deaths
    {
        get
        {
            var deaths = new TheoryData<int, bool, int>();
            foreach (var write in Enumerable.Range(1, 12))
            {
                deaths.Add(write, false, 20);
                deaths.Add(write, true, 20);
                deaths.Add(write, true, 100_000);
            }

            return deaths;
        }
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100_000)]
    public async Task Run_Prediction_IsChargedOnceAndTold(int bytes)
    {
        await using var bed = await PredictionBed.CreateAsync(azurite);
        var instance = await bed.StartAsync();
        instance.Scorer.Work = _ => new string('x', bytes);
        var id = await instance.CreateAsync(bed);
        Assert.Equal([id], await bed.MessagesAsync());
        Assert.Equal("queued", (await instance.GetAsync(bed, id)).Status);

        await instance.RunAsync(bed, id);
        await instance.RunAsync(bed, id);

        var prediction = await instance.GetAsync(bed, id);
        Assert.Equal(("succeeded", bytes), (prediction.Status, prediction.Output!.Value.GetProperty("text").GetString()!.Length));
        Assert.Equal([id], await bed.ChargedAsync());
        Assert.Equal([("prediction.succeeded", $"evt_{id[4..]}")], await bed.ToldAsync());
        var row = await instance.RowAsync(bed, id);
        Assert.Equal((1000, 2, null), (row.Cost, row.Units, row.Watch));
        // The input has gone.
        Assert.DoesNotContain(row.Input, await bed.BlobsAsync());
    }

    [Theory]
    [MemberData(nameof(Deaths))]
    public async Task Run_AfterADeathAtAnyWrite_EndsChargedOnceAndTold(int write, bool isSent, int bytes)
    {
        await using var bed = await PredictionBed.CreateAsync(azurite);
        var heir = await bed.StartAsync();
        var id = await heir.CreateAsync(bed);
        await bed.MessagesAsync();
        var faults = new StorageFaults();
        var doomed = await bed.StartAsync(faults);
        doomed.Scorer.Work = _ => new string('d', bytes);
        faults.DieAt(write, isSent);
        await faults.KillsAsync(() => doomed.RunAsync(bed, id));

        for (var minutes = 0; minutes < 30 && (await heir.RowAsync(bed, id)) is { HasEnded: false } or { Watch: not null }; minutes += 10)
        {
            bed.Pass(TimeSpan.FromMinutes(10));
            await heir.Sweep.ResendAsync(Cancellation);
            foreach (var message in await bed.MessagesAsync())
            {
                await heir.RunAsync(bed, message);
            }
        }

        Assert.Equal("succeeded", (await heir.GetAsync(bed, id)).Status);
        Assert.Equal([id], await bed.ChargedAsync());
        Assert.Equal([("prediction.succeeded", $"evt_{id[4..]}")], await bed.ToldAsync());
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(3, true)]
    [InlineData(4, false)]
    [InlineData(4, true)]
    public async Task Create_AfterADeathAtAnyWrite_IsOnePredictionUnderItsKey(int write, bool isSent)
    {
        await using var bed = await PredictionBed.CreateAsync(azurite);
        var faults = new StorageFaults();
        var doomed = await bed.StartAsync(faults, ofJournal: false);
        faults.DieAt(write, isSent);
        string? first = null;
        await faults.KillsAsync(async () => first = await doomed.CreateAsync(bed, "key"));

        var heir = await bed.StartAsync();
        var second = await heir.CreateAsync(bed, "key");
        bed.Pass(TimeSpan.FromMinutes(10));
        await heir.Sweep.ResendAsync(Cancellation);
        foreach (var message in (await bed.MessagesAsync()).Distinct())
        {
            await heir.RunAsync(bed, message);
        }

        Assert.True(first is null || first == second);
        Assert.Equal("succeeded", (await heir.GetAsync(bed, second)).Status);
        Assert.Equal([second], await bed.ChargedAsync());
        Assert.Single((await heir.Book.ListAsync(bed.Caller, new(50, null), Cancellation)).Data);
    }

    [Fact]
    public async Task Create_UnderAKeyByManyAtOnce_IsOneWithItsOwnInput()
    {
        await using var bed = await PredictionBed.CreateAsync(azurite);
        var instances = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => bed.StartAsync()));

        var ids = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => instances[i % 4].CreateAsync(bed, "key")));

        var id = Assert.Single(ids.Distinct());
        Assert.Equal((await instances[0].RowAsync(bed, id)).Input, Assert.Single(await bed.BlobsAsync()));
        Assert.NotEqual(id, await instances[0].CreateAsync(bed, "another"));
    }

    [Fact]
    public async Task Run_OnTwoInstancesBecauseTheFirstIsSlow_IsChargedOnce()
    {
        await using var bed = await PredictionBed.CreateAsync(azurite);
        var (slow, heir) = (await bed.StartAsync(), await bed.StartAsync());
        var (running, go) = (new TaskCompletionSource(), new ManualResetEventSlim());
        slow.Scorer.Work = _ =>
        {
            running.SetResult();
            go.Wait(Cancellation);
            return "slow";
        };
        var id = await slow.CreateAsync(bed);

        var late = Task.Run(() => slow.RunAsync(bed, id), Cancellation);
        await running.Task.WaitAsync(Cancellation);
        // Not yet: it is claimed.
        await heir.RunAsync(bed, id);
        Assert.Equal("processing", (await heir.GetAsync(bed, id)).Status);
        bed.Pass(bed.Options.Lapse + TimeSpan.FromSeconds(1));
        await heir.RunAsync(bed, id);
        go.Set();
        await late;

        Assert.Equal(id, (await heir.GetAsync(bed, id)).Output!.Value.GetProperty("text").GetString());
        Assert.Equal([id], await bed.ChargedAsync());
    }

    [Fact]
    public async Task Cancel_WhileItRuns_IsNotChargedAndTold()
    {
        await using var bed = await PredictionBed.CreateAsync(azurite);
        var (instance, other) = (await bed.StartAsync(), await bed.StartAsync());
        instance.Scorer.Work = id =>
        {
            Task.Run(() => other.Book.CancelAsync(bed.Caller, id, Cancellation), Cancellation).GetAwaiter().GetResult();
            return "too late";
        };
        var id = await instance.CreateAsync(bed);

        await instance.RunAsync(bed, id);

        var prediction = await instance.GetAsync(bed, id);
        Assert.Equal(("canceled", null), (prediction.Status, prediction.Output));
        Assert.Empty(await bed.ChargedAsync());
        Assert.Equal([("prediction.canceled", $"evt_{id[4..]}")], await bed.ToldAsync());
        Assert.Equal(
            "prediction_ended",
            (await Assert.ThrowsAsync<RefusedException>(() => instance.Book.CancelAsync(bed.Caller, id, Cancellation))).Code);
        // Nor does it run when its message comes again.
        await other.RunAsync(bed, id);
        Assert.Empty(await bed.ChargedAsync());
    }

    [Fact]
    public async Task Run_ModelWithoutRoom_IsPutOffAndNoFailure()
    {
        await using var bed = await PredictionBed.CreateAsync(azurite);
        var instance = await bed.StartAsync();
        instance.Scorer.Work = _ => throw new ModelBusyException("No room.", TimeSpan.FromSeconds(1));
        var id = await instance.CreateAsync(bed);
        Assert.Equal([id], await bed.MessagesAsync());

        await instance.RunAsync(bed, id);
        Assert.Equal(("queued", 0), ((await instance.GetAsync(bed, id)).Status, (await instance.RowAsync(bed, id)).Tries));
        await Eventually.HoldsAsync(async () => (await bed.MessagesAsync()).Contains(id), "the message comes");
        instance.Scorer.Work = _ => "now";
        await instance.RunAsync(bed, id);

        Assert.Equal("succeeded", (await instance.GetAsync(bed, id)).Status);
    }

    [Fact]
    public async Task Run_BudgetSpentByThen_FailsUncharged()
    {
        await using var bed = await PredictionBed.CreateAsync(azurite);
        bed.Plan = bed.Plan with { MonthlyBudget = 1500 };
        var instance = await bed.StartAsync();
        var (one, two) = (await instance.CreateAsync(bed), await instance.CreateAsync(bed));

        await instance.RunAsync(bed, one);
        await instance.RunAsync(bed, two);

        Assert.Equal("budget_spent", (await instance.GetAsync(bed, two)).Error!.Code);
        Assert.Equal([one], await bed.ChargedAsync());
        Assert.Equal(["prediction.failed", "prediction.succeeded"], (await bed.ToldAsync()).Select(t => t.Type));
    }

    [Fact]
    public async Task Run_ThatThrows_IsTriedAgainAndThenGivenUp()
    {
        await using var bed = await PredictionBed.CreateAsync(azurite);
        var instance = await bed.StartAsync();
        instance.Scorer.Work = _ => throw new InvalidOperationException("A fault of the service.");
        var (poisoned, tried) = (await instance.CreateAsync(bed), await instance.CreateAsync(bed));

        await Assert.ThrowsAsync<InvalidOperationException>(() => instance.RunAsync(bed, poisoned));
        Assert.Equal("queued", (await instance.GetAsync(bed, poisoned)).Status);
        await instance.Runner.GiveUpAsync(bed.Caller.Account, poisoned, "prediction_failed", "It could not be made.", Cancellation);
        for (var i = 0; i < 5; i++)
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => instance.RunAsync(bed, tried));
        }

        await instance.RunAsync(bed, tried);

        Assert.Equal(
            ["prediction_failed", "prediction_failed"],
            new[] { await instance.GetAsync(bed, poisoned), await instance.GetAsync(bed, tried) }.Select(p => p.Error!.Code));
        Assert.Empty(await bed.ChargedAsync());
        Assert.Equal(2, (await bed.ToldAsync()).Count);
    }

    [Fact]
    public async Task Run_WhatAShutdownCutsShort_RunsAnewAtOnce()
    {
        await using var bed = await PredictionBed.CreateAsync(azurite);
        var (instance, heir) = (await bed.StartAsync(), await bed.StartAsync());
        using var shutdown = new CancellationTokenSource();
        instance.Scorer.Work = _ =>
        {
            shutdown.Cancel();
            throw new OperationCanceledException(shutdown.Token);
        };
        var id = await instance.CreateAsync(bed);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => instance.Runner.RunAsync(bed.Caller.Account, id, shutdown.Token));

        await heir.RunAsync(bed, id);

        Assert.Equal((nameof(PredictionState.Succeeded), 1), ((await heir.RowAsync(bed, id)).State, (await heir.RowAsync(bed, id)).Tries));
    }

    [Fact]
    public async Task Run_WithChargesBesideAnswers_SucceedsWhenItsChargeIsOnDisk()
    {
        await using var bed = await PredictionBed.CreateAsync(azurite);
        bed.Journals.Options.Durability = Durability.Async;
        var instance = await bed.StartAsync();
        var id = await instance.CreateAsync(bed);

        await instance.RunAsync(bed, id);

        Assert.Equal([id], await bed.ChargedAsync());
    }

    [Fact]
    public async Task Run_OnTermsThatHaveChangedSince_IsChargedByThoseOfThen()
    {
        await using var bed = await PredictionBed.CreateAsync(azurite);
        var instance = await bed.StartAsync();
        var id = await instance.CreateAsync(bed);
        bed.Plan = bed.Plan with { Version = 2, Prices = [bed.Plan.Prices[0] with { Micros = 9000 }] };

        await instance.RunAsync(bed, id);

        Assert.Equal(1000, (await instance.RowAsync(bed, id)).Cost);
    }

    [Fact]
    public async Task Expire_WhatIsOver_LeavesNothingOfIt()
    {
        await using var bed = await PredictionBed.CreateAsync(azurite);
        var instance = await bed.StartAsync();
        instance.Scorer.Work = _ => new string('x', 100_000);
        var (ended, waiting) = (await instance.CreateAsync(bed, "key"), await instance.CreateAsync(bed));
        await instance.RunAsync(bed, ended);

        bed.Pass(bed.Options.Kept + TimeSpan.FromMinutes(1));
        await instance.Sweep.ExpireAsync(Cancellation);
        Assert.Equal("prediction_not_found", (await Assert.ThrowsAsync<RefusedException>(() => instance.GetAsync(bed, ended))).Code);
        Assert.Equal("prediction_expired", (await instance.GetAsync(bed, waiting)).Error!.Code);
        Assert.NotEqual(ended, await instance.CreateAsync(bed, "key"));
        await instance.Sweep.ExpireAsync(Cancellation);

        Assert.Equal(3, (await bed.RowsAsync()).Count(r => r[0] is 'r' or 'i' or 'k'));
        Assert.Contains(("prediction.failed", $"evt_{waiting[4..]}"), await bed.ToldAsync());
        Assert.Equal([ended], await bed.ChargedAsync());
        Assert.Equal(2, (await bed.BlobsAsync()).Count);
        bed.Pass(TimeSpan.FromHours(1));
        await instance.Sweep.ExpireAsync(Cancellation);
        Assert.Empty(await bed.BlobsAsync());
    }
}
