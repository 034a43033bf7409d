using System.Text.Json;
using PerCall.Functions.Requests;
using PerCall.Functions.Webhooks.Deliveries;
using PerCall.Testing;
using PerCall.Testing.Storage;
using PerCall.Testing.Webhooks;
using Xunit;

namespace PerCall.Functions.Tests.Webhooks;

public sealed class WebhookCourierTests(AzuriteFixture azurite) : IAsyncDisposable
{
    private readonly WebhookReceiver _receiver = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<int, bool, int> Deaths
    {
        get
        {
            var deaths = new TheoryData<int, bool, int>();
            foreach (var write in Enumerable.Range(1, 8))
            {
                deaths.Add(write, false, 20);
                deaths.Add(write, true, 20);
                deaths.Add(write, true, 100_000);
            }

            return deaths;
        }
    }

    public ValueTask DisposeAsync() => _receiver.DisposeAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(100_000)]
    public async Task Deliver_Event_SendsItsEnvelopeOnce(int bytes)
    {
        var bed = await WebhookBed.CreateAsync(azurite);
        var instance = bed.Start();
        var webhook = bed.Event(_receiver.Address, bytes: bytes);

        var row = await instance.DeliverAsync(webhook);
        // The same event again, and the same message again.
        await instance.DeliverAsync(webhook with { Data = "{}"u8.ToArray() });

        Assert.Equal(DeliveryRow.Delivered, row.State);
        var received = Assert.Single(_receiver.Received);
        using var body = JsonDocument.Parse(received.Body);
        Assert.Equal(["type", "timestamp", "data"], body.RootElement.EnumerateObject().Select(p => p.Name));
        Assert.Equal("prediction.succeeded", body.RootElement.GetProperty("type").GetString());
        Assert.Equal(webhook.Time.ToUniversalTime(), body.RootElement.GetProperty("timestamp").GetDateTimeOffset());
        Assert.Equal(bytes, body.RootElement.GetProperty("data").GetProperty("text").GetString()!.Length);
        var seen = await instance.SeenAsync(bed, webhook);
        Assert.Equal((1, 204, null), (seen.AttemptCount, seen.Attempts!.Single().Status, seen.NextAttemptAt));
    }

    [Fact]
    public async Task Deliver_Failures_FollowTheScheduleAndEnd()
    {
        _receiver.Answer = async (_, response) =>
        {
            response.StatusCode = 500;
            await response.OutputStream.WriteAsync("out of order"u8.ToArray(), Cancellation);
        };
        var bed = await WebhookBed.CreateAsync(azurite);
        bed.Options.Retries = "00:10:00,02:00:00";
        var instance = bed.Start();
        var webhook = bed.Event(_receiver.Address);

        foreach (var pause in new[] { TimeSpan.FromMinutes(10), TimeSpan.FromHours(2) })
        {
            var row = await instance.DeliverAsync(webhook);
            // All but the milliseconds that reading the clock takes.
            Assert.InRange(row.Due!.Value - bed.Time.GetUtcNow(), pause - TimeSpan.FromSeconds(1), pause * 1.2);
            // A message that comes too early does nothing.
            await instance.AttemptAsync(webhook);
            bed.Time.SetUtcNow(row.Due.Value);
        }

        var ended = await instance.AttemptAsync(webhook);

        Assert.Equal((DeliveryRow.Failed, 3, null, null), (ended.State, ended.AttemptCount, ended.Due, ended.Watch));
        Assert.Equal(3, _receiver.Received.Count);
        Assert.Single(_receiver.Received.Select(r => r.Headers["webhook-id"]).Distinct());
        Assert.All((await instance.SeenAsync(bed, webhook)).Attempts!, a => Assert.Equal((500, "out of order"), (a.Status, a.Response)));
    }

    [Fact]
    public async Task Deliver_Failure_HasAMessageForTheNextAttempt()
    {
        _receiver.AnswerWith(503);
        var bed = await WebhookBed.CreateAsync(azurite);
        bed.Options.Retries = "00:00:01";
        var instance = bed.Start();
        var webhook = bed.Event(_receiver.Address);
        await instance.Outbox.QueueAsync(webhook, Cancellation);
        Assert.Equal([webhook.Id], await bed.MessagesAsync());
        await instance.AttemptAsync(webhook);

        await Eventually.HoldsAsync(async () => (await bed.MessagesAsync()).Contains(webhook.Id), "the message comes");
        await instance.AttemptAsync(webhook);

        Assert.Equal(2, _receiver.Received.Count);
    }

    [Fact]
    public async Task Deliver_TargetThatIsGone_IsDisabledUntilItIsEnabled()
    {
        _receiver.AnswerWith(410);
        var bed = await WebhookBed.CreateAsync(azurite);
        var instance = bed.Start();
        var (first, second, third) = (bed.Event(_receiver.Address), bed.Event(_receiver.Address), bed.Event(_receiver.Address));
        var elsewhere = bed.Event(new Uri(_receiver.Address, "other"));

        Assert.Equal(DeliveryRow.Disabled, (await instance.DeliverAsync(first)).State);
        _receiver.AnswerWith(204);
        Assert.Equal(DeliveryRow.Disabled, (await instance.DeliverAsync(second)).State);
        Assert.Equal(DeliveryRow.Delivered, (await instance.DeliverAsync(elsewhere)).State);
        Assert.Equal(2, _receiver.Received.Count);
        var targets = (await instance.Book.TargetsAsync(bed.Caller, new(50, null), Cancellation)).Data;
        var gone = Assert.Single(targets, t => t.Status == "disabled");
        Assert.Equal((_receiver.Address.AbsoluteUri, 2), (gone.Url, targets.Count));
        Assert.Equal(
            "target_disabled",
            (await Assert.ThrowsAsync<RefusedException>(() => instance.Book.RetryAsync(bed.Caller, first.Id, Cancellation))).Code);

        Assert.Equal("enabled", (await instance.Book.EnableAsync(bed.Caller, gone.Id, Cancellation)).Status);
        Assert.Equal(DeliveryRow.Delivered, (await instance.DeliverAsync(third)).State);
        Assert.Equal(DeliveryRow.Disabled, (await instance.RowAsync(second))!.State);
        await instance.Book.RetryAsync(bed.Caller, second.Id, Cancellation);
        Assert.Equal(DeliveryRow.Delivered, (await instance.AttemptAsync(second)).State);
    }

    [Fact]
    public async Task Deliver_TwoMessagesAtOnce_MakeOneAttempt()
    {
        var bed = await WebhookBed.CreateAsync(azurite);
        var (one, two) = (bed.Start(), bed.Start());
        var webhook = bed.Event(_receiver.Address);
        await one.Outbox.QueueAsync(webhook, Cancellation);

        await Task.WhenAll(
            Enumerable.Range(0, 8).Select(i => (i % 2 == 0 ? one : two).Courier.DeliverAsync(webhook.Account, webhook.Id, Cancellation)));

        Assert.Single(_receiver.Received);
    }

    [Theory]
    [MemberData(nameof(Deaths))]
    public async Task Deliver_AfterADeathAtAnyWrite_ArrivesAllTheSame(int write, bool isSent, int bytes)
    {
        var bed = await WebhookBed.CreateAsync(azurite);
        // Longer than the test takes by storage's clock: a message for the next attempt does not come in between.
        bed.Options.Retries = "00:05:00,00:05:00";
        _receiver.AnswerWith(500);
        var faults = new StorageFaults();
        faults.DieAt(write, isSent);
        var doomed = bed.Start(faults);
        var webhook = bed.Event(_receiver.Address, bytes: bytes);
        var queued = false;
        await faults.KillsAsync(async () =>
        {
            await doomed.Outbox.QueueAsync(webhook, Cancellation);
            queued = true;
            await doomed.Courier.DeliverAsync(webhook.Account, webhook.Id, Cancellation);
        });

        // All that was sent is lost, and time passes.
        await bed.MessagesAsync();
        _receiver.AnswerWith(204);
        var heir = bed.Start();
        if (!queued)
        {
            await heir.Outbox.QueueAsync(webhook, Cancellation);
            await bed.MessagesAsync();
        }

        bed.Time.Advance(TimeSpan.FromMinutes(10));
        await heir.Sweep.ResendAsync(Cancellation);
        Assert.Equal([webhook.Id], await bed.MessagesAsync());
        var row = await heir.AttemptAsync(webhook);

        Assert.Equal(DeliveryRow.Delivered, row.State);
        Assert.Equal(row.AttemptCount, row.Attempts.Count);
        Assert.InRange(_receiver.Received.Count, 1, 2);
        Assert.Single(_receiver.Received.Select(r => Convert.ToHexString(r.Body)).Distinct());
        Assert.Equal(webhook.Id, Assert.Single(_receiver.Received.Select(r => r.Headers["webhook-id"]).Distinct()));
        Assert.DoesNotContain(await bed.RowsAsync(), r => r.StartsWith("w|", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Sweep_WhileAMessageIsStillToCome_SendsNone_AndThenEverMoreSeldom()
    {
        var bed = await WebhookBed.CreateAsync(azurite);
        var instance = bed.Start();
        var webhook = bed.Event(_receiver.Address);
        await instance.Outbox.QueueAsync(webhook, Cancellation);
        await bed.MessagesAsync();

        var sent = new List<int>();
        for (var minute = 1; minute <= 32; minute++)
        {
            bed.Time.Advance(TimeSpan.FromMinutes(1));
            await instance.Sweep.ResendAsync(Cancellation);
            if ((await bed.MessagesAsync()).Count > 0)
            {
                sent.Add(minute);
            }
        }

        Assert.Equal([2, 4, 8, 16, 32], sent);
    }

    [Fact]
    public async Task Deliver_WhatAShutdownCutsShort_IsMadeAnewAtOnce()
    {
        var bed = await WebhookBed.CreateAsync(azurite);
        using var shutdown = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var answered = new TaskCompletionSource();
        _receiver.Answer = async (_, _) =>
        {
            await shutdown.CancelAsync();
            await answered.Task;
        };
        var webhook = bed.Event(_receiver.Address);
        var instance = bed.Start();
        await instance.Outbox.QueueAsync(webhook, Cancellation);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => instance.Courier.DeliverAsync(webhook.Account, webhook.Id, shutdown.Token));

        _receiver.AnswerWith(200);
        var row = await bed.Start().AttemptAsync(webhook);

        answered.SetResult();
        Assert.Equal((DeliveryRow.Delivered, 1), (row.State, row.AttemptCount));
    }

    [Fact]
    public async Task Expire_WhatHasEndedLongAgo_LeavesNothingOfIt()
    {
        var bed = await WebhookBed.CreateAsync(azurite);
        var instance = bed.Start();
        await instance.DeliverAsync(bed.Event(_receiver.Address, bytes: 100_000));
        _receiver.AnswerWith(500);
        var waiting = bed.Event(_receiver.Address);
        await instance.DeliverAsync(waiting);

        bed.Time.Advance(TimeSpan.FromDays(31));
        await instance.Sweep.ExpireAsync(Cancellation);
        Assert.Equal(waiting.Id, Assert.Single((await instance.Book.ListAsync(bed.Caller, new(50, null), Cancellation)).Data).Id);
        _receiver.AnswerWith(200);
        await instance.AttemptAsync(waiting);
        await instance.Sweep.ExpireAsync(Cancellation);

        // The secret stays.
        Assert.Equal(["s"], await bed.RowsAsync());
    }

    [Fact]
    public async Task Queue_ForATenantThatIsGone_LeavesNothing()
    {
        var bed = await WebhookBed.CreateAsync(azurite);
        await bed.EraseTenantAsync();

        await bed.Start().Outbox.QueueAsync(bed.Event(_receiver.Address, bytes: 100_000), Cancellation);

        Assert.Empty(await bed.RowsAsync());
        Assert.Empty(await bed.MessagesAsync());
    }
}
