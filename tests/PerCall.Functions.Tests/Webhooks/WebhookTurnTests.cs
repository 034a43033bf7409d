using PerCall.Functions.Requests;
using PerCall.Functions.Webhooks;
using PerCall.Functions.Webhooks.Deliveries;
using PerCall.Testing;
using PerCall.Testing.Storage;
using PerCall.Testing.Webhooks;
using Xunit;

namespace PerCall.Functions.Tests.Webhooks;

public sealed class WebhookTurnTests(AzuriteFixture azurite) : IAsyncDisposable
{
    private readonly WebhookReceiver _receiver = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _receiver.DisposeAsync();

    [Fact]
    public async Task Begin_SlowTargetWithManyWaiting_HoldsNeitherTheListenerNorAnother()
    {
        var held = new TaskCompletionSource();
        _receiver.Answer = (webhook, _) => webhook.Path == "/slow" ? held.Task : Task.CompletedTask;
        var bed = await WebhookBed.CreateAsync(azurite);
        var instance = bed.Start();
        var slow = await QueueAsync(bed, instance, "slow", 6);

        // The messages of those that wait are not in the queue; each message is dealt with although no receiver has answered.
        Assert.Equal([slow[0].Id, slow[1].Id], await BeginAllAsync(bed, instance));
        await ReceivedAsync("/slow", 2);
        var fast = await QueueAsync(bed, instance, "fast", 3);
        await UntilEndedAsync(bed, instance, fast);

        Assert.Equal(2, Count("/slow"));
        held.SetResult();
        await UntilEndedAsync(bed, instance, slow);
        Assert.All(slow, w => Assert.Single(_receiver.Received, r => r.Headers["webhook-id"] == w.Id));
        Assert.DoesNotContain(await bed.RowsAsync(), r => r.StartsWith("p|", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Begin_MoreTargetsThanTurns_TakesOneTargetAfterTheOther()
    {
        var bed = await WebhookBed.CreateAsync(azurite);
        bed.Options.AtOncePerTenant = 1;
        var instance = bed.Start();
        var first = await QueueAsync(bed, instance, "one", 3);
        var second = await QueueAsync(bed, instance, "two", 2);

        await UntilEndedAsync(bed, instance, [.. first, .. second]);

        Assert.Equal(["/one", "/two", "/one", "/two", "/one"], _receiver.Received.Select(r => r.Path));
    }

    [Fact]
    public async Task Deliver_TargetThatKeepsFailing_IsPausedAndThenTriedByOne()
    {
        _receiver.AnswerWith(500);
        var bed = await WebhookBed.CreateAsync(azurite);
        bed.Options.Retries = "05:00:00";
        var instance = bed.Start();
        var webhooks = await QueueAsync(bed, instance, "", 8);
        await Eventually.HoldsAsync(
            async () =>
            {
                await BeginAllAsync(bed, instance);
                return (await TargetAsync(bed, instance)).PausedUntil is not null;
            },
            "the target is paused");

        // Neither those that wait nor what comes anew is sent, and no attempt of theirs is counted.
        webhooks = [.. webhooks, .. await QueueAsync(bed, instance, "", 1)];
        var waiting = webhooks[^1];
        await instance.AttemptAsync(waiting);
        Assert.Equal((DeliveryRow.Waiting, 0), ((await instance.RowAsync(waiting))!.State, (await instance.RowAsync(waiting))!.Tries));
        var before = _receiver.Received.Count;
        Assert.InRange(before, 5, 6);

        // One alone is tried after the pause; it ends it.
        await bed.MessagesAsync();
        bed.Time.Advance(TimeSpan.FromMinutes(3));
        await instance.Sweep.ResendAsync(Cancellation);
        Assert.Single(await bed.MessagesAsync(), id => !id.StartsWith("wht_", StringComparison.Ordinal));
        _receiver.AnswerWith(204);
        var probe = _receiver.Received.Count;
        bed.Time.Advance(TimeSpan.FromHours(6));
        await instance.Sweep.ResendAsync(Cancellation);
        await UntilEndedAsync(bed, instance, webhooks);
        Assert.Equal(before, probe);
        Assert.Null((await TargetAsync(bed, instance)).PausedUntil);
    }

    [Fact]
    public async Task Attempts_FailAtTheSameTime_BothAreCounted()
    {
        var answer = new TaskCompletionSource();
        var bed = await WebhookBed.CreateAsync(azurite);
        var faults = new StorageFaults();
        var (one, other) = (bed.Start(), bed.Start(faults));
        var webhooks = await QueueAsync(bed, one, "", 2);
        _receiver.Answer = async (webhook, response) =>
        {
            await (webhook.Headers["webhook-id"] == webhooks[0].Id ? answer.Task : Task.CompletedTask);
            response.StatusCode = 500;
        };

        // The second attempt has read the target and is about to write its failure when the first one does.
        var first = one.AttemptAsync(webhooks[0]);
        await ReceivedAsync("/", 1);
        using var held = faults.Hold(r => r.IsWrite && _receiver.Received.Count == 2);
        var second = other.AttemptAsync(webhooks[1]);
        await held.Reached;
        answer.SetResult();
        await first;
        held.Release();
        await second;

        Assert.Equal(2, (await bed.TargetAsync()).Failures);
    }

    [Fact]
    public async Task Queue_MoreThanMayWait_IsLoggedAsDroppedAndCanBeSentAgain()
    {
        var bed = await WebhookBed.CreateAsync(azurite);
        (bed.Options.AtOncePerTenant, bed.Options.MaxWaiting) = (1, 1);
        var instance = bed.Start();

        var webhooks = await QueueAsync(bed, instance, "", 3);

        var dropped = await instance.SeenAsync(bed, webhooks[2]);
        Assert.Equal(("dropped", 0, null), (dropped.Status, dropped.AttemptCount, dropped.NextAttemptAt));
        Assert.Contains("At most 1 deliveries", dropped.Error, StringComparison.Ordinal);
        var refusal = await Assert.ThrowsAsync<RefusedException>(() => instance.Book.RetryAsync(bed.Caller, webhooks[2].Id, Cancellation));
        Assert.Equal((429, "too_many_deliveries", true), (refusal.Status, refusal.Code, refusal.Headers.ContainsKey("Retry-After")));
        await UntilEndedAsync(bed, instance, webhooks[..2]);
        Assert.Equal("waiting", (await instance.Book.RetryAsync(bed.Caller, webhooks[2].Id, Cancellation)).Status);
        await UntilEndedAsync(bed, instance, webhooks);
        Assert.Null((await instance.SeenAsync(bed, webhooks[2])).Error);
    }

    [Fact]
    public async Task Sweep_TurnsOfAnInstanceThatDied_AreGivenToOthers()
    {
        var bed = await WebhookBed.CreateAsync(azurite);
        bed.Options.AtOncePerTenant = 1;
        var instance = bed.Start();
        var webhooks = await QueueAsync(bed, instance, "", 2);
        // The message of the one that has the turn is lost, and with it all that would follow.
        Assert.Equal([webhooks[0].Id], await bed.MessagesAsync());

        bed.Time.Advance(TimeSpan.FromMinutes(5));
        await bed.Start().Sweep.ResendAsync(Cancellation);

        Assert.Equal([webhooks[0].Id, webhooks[1].Id], (await bed.MessagesAsync()).Order());
        await instance.AttemptAsync(webhooks[1]);
        await instance.AttemptAsync(webhooks[0]);
        await UntilEndedAsync(bed, instance, webhooks);
    }

    [Fact]
    public async Task Expire_WhatHasWaitedTooLong_FailsWithItsReason()
    {
        var bed = await WebhookBed.CreateAsync(azurite);
        bed.Options.AtOncePerTenant = 1;
        var instance = bed.Start();
        var webhooks = await QueueAsync(bed, instance, "", 2);

        bed.Time.Advance(bed.Options.MaxWait + TimeSpan.FromMinutes(1));
        await instance.Sweep.ExpireAsync(Cancellation);

        var seen = await instance.SeenAsync(bed, webhooks[1]);
        Assert.Equal(("failed", 0), (seen.Status, seen.AttemptCount));
        Assert.Contains("waited", seen.Error, StringComparison.Ordinal);
        Assert.Equal("waiting", (await instance.SeenAsync(bed, webhooks[0])).Status);
    }

    private static async Task<PerCall.Client.Wire.WebhookTarget> TargetAsync(WebhookBed bed, WebhookInstance instance) =>
        Assert.Single((await instance.Book.TargetsAsync(bed.Caller, new(50, null), Cancellation)).Data);

    private async Task<WebhookEvent[]> QueueAsync(WebhookBed bed, WebhookInstance instance, string path, int count)
    {
        var webhooks = Enumerable.Range(0, count).Select(_ => bed.Event(new Uri(_receiver.Address, path))).ToArray();
        foreach (var webhook in webhooks)
        {
            await instance.Outbox.QueueAsync(webhook, Cancellation);
        }

        return webhooks;
    }

    /// <summary>Deals with the messages that are there, as a listener does.</summary>
    private static async Task<List<string>> BeginAllAsync(WebhookBed bed, WebhookInstance instance)
    {
        var ids = await bed.MessagesAsync();
        foreach (var id in ids)
        {
            if (!await instance.Courier.BeginAsync(bed.Account, id, Cancellation))
            {
                await bed.PutBackAsync(id);
            }
        }

        return ids;
    }

    private static Task UntilEndedAsync(WebhookBed bed, WebhookInstance instance, WebhookEvent[] webhooks) => Eventually.HoldsAsync(
        async () =>
        {
            await BeginAllAsync(bed, instance);
            foreach (var webhook in webhooks)
            {
                if ((await instance.RowAsync(webhook))!.State != DeliveryRow.Delivered)
                {
                    return false;
                }
            }

            return true;
        },
        $"{webhooks.Length} webhooks are delivered");

    private Task ReceivedAsync(string path, int count) =>
        Eventually.HoldsAsync(() => Task.FromResult(Count(path) >= count), $"{count} webhooks arrive");

    private int Count(string path) => _receiver.Received.Count(r => r.Path == path);
}
