using System.Globalization;
using PerCall.Functions.Requests;
using PerCall.Functions.Webhooks.Signing;
using PerCall.Testing;
using PerCall.Testing.Webhooks;
using Xunit;

namespace PerCall.Functions.Tests.Webhooks;

public sealed class WebhookBookTests(AzuriteFixture azurite)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Secret_AskedForByManyAtOnce_IsOne()
    {
        var bed = await WebhookBed.CreateAsync(azurite);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => bed.Start().Book.SecretsAsync(bed.Caller, Cancellation)));

        Assert.Single(answers.SelectMany(a => a.Data).Select(s => s.Secret).Distinct());
    }

    [Fact]
    public async Task Rotate_Secret_HasBothSignUntilTheOverlapEnds()
    {
        await using var receiver = new WebhookReceiver();
        var bed = await WebhookBed.CreateAsync(azurite);
        var instance = bed.Start();
        var old = (await instance.Book.SecretsAsync(bed.Caller, Cancellation)).Data.Single();

        var rotated = (await instance.Book.RotateAsync(bed.Caller, new(3600), Cancellation)).Data;
        await instance.DeliverAsync(bed.Event(receiver.Address));
        bed.Time.Advance(TimeSpan.FromHours(2));
        await instance.DeliverAsync(bed.Event(receiver.Address));

        Assert.Equal([rotated[0].Secret, old.Secret], rotated.Select(s => s.Secret));
        Assert.Null(rotated[0].ExpiresAt);
        Assert.NotNull(rotated[1].ExpiresAt);
        Assert.Equal(
            [Signed(receiver.Received[0], rotated[0].Secret), Signed(receiver.Received[0], old.Secret)],
            receiver.Received[0].Headers["webhook-signature"].Split(' '));
        Assert.Equal(Signed(receiver.Received[1], rotated[0].Secret), receiver.Received[1].Headers["webhook-signature"]);
        Assert.Single((await instance.Book.SecretsAsync(bed.Caller, Cancellation)).Data);
    }

    [Fact]
    public async Task Rotate_WithoutOverlap_LeavesTheNewOneAlone()
    {
        var bed = await WebhookBed.CreateAsync(azurite);
        var instance = bed.Start();
        var old = (await instance.Book.SecretsAsync(bed.Caller, Cancellation)).Data.Single();

        Assert.NotEqual(old.Secret, Assert.Single((await instance.Book.RotateAsync(bed.Caller, new(0), Cancellation)).Data).Secret);
    }

    [Fact]
    public async Task Rotate_TooOftenOrForTooLong_IsRefused()
    {
        var bed = await WebhookBed.CreateAsync(azurite);
        var instance = bed.Start();
        for (var i = 0; i < 4; i++)
        {
            await instance.Book.RotateAsync(bed.Caller, new(), Cancellation);
        }

        Assert.Equal(
            "too_many_secrets",
            (await Assert.ThrowsAsync<RefusedException>(() => instance.Book.RotateAsync(bed.Caller, new(), Cancellation))).Code);
        Assert.Equal(
            "invalid_overlap",
            (await Assert.ThrowsAsync<RefusedException>(() => instance.Book.RotateAsync(bed.Caller, new(2_592_001), Cancellation))).Code);
        Assert.Equal(
            "invalid_overlap",
            (await Assert.ThrowsAsync<RefusedException>(() => instance.Book.RotateAsync(bed.Caller, new(-1), Cancellation))).Code);
        Assert.Single((await instance.Book.RotateAsync(bed.Caller, new(0), Cancellation)).Data);
    }

    [Fact]
    public async Task List_Deliveries_AreNewestFirstPageByPage()
    {
        var bed = await WebhookBed.CreateAsync(azurite);
        var instance = bed.Start();
        for (var i = 0; i < 5; i++)
        {
            await instance.Outbox.QueueAsync(bed.Event(new Uri("http://localhost:1/"), $"evt_{i}"), Cancellation);
        }

        var first = await instance.Book.ListAsync(bed.Caller, new(3, null), Cancellation);
        var second = await instance.Book.ListAsync(bed.Caller, new(3, first.Data[^1].Id), Cancellation);

        Assert.Equal(["evt_4", "evt_3", "evt_2"], first.Data.Select(d => d.Id));
        Assert.Equal(["evt_1", "evt_0"], second.Data.Select(d => d.Id));
        Assert.Equal((true, false), (first.HasMore, second.HasMore));
        Assert.Equal(
            "invalid_after",
            (await Assert.ThrowsAsync<RefusedException>(() => instance.Book.ListAsync(bed.Caller, new(3, "evt_9"), Cancellation))).Code);
        Assert.Equal(
            "delivery_not_found",
            (await Assert.ThrowsAsync<RefusedException>(
                () => instance.Book.GetAsync(bed.Caller with { Account = "acc_other" }, "evt_0", Cancellation))).Code);
        Assert.Equal(
            "delivery_not_found",
            (await Assert.ThrowsAsync<RefusedException>(() => instance.Book.GetAsync(bed.Caller, "a/b?c#d", Cancellation))).Code);
    }

    [Fact]
    public async Task Retry_WhatHasFailed_IsSentAgainUnderTheSameId()
    {
        await using var receiver = new WebhookReceiver();
        receiver.AnswerWith(500);
        var bed = await WebhookBed.CreateAsync(azurite);
        bed.Options.Retries = "";
        var instance = bed.Start();
        var webhook = bed.Event(receiver.Address);
        Assert.Equal("failed", (await instance.DeliverAsync(webhook)).State);

        receiver.AnswerWith(200);
        Assert.Equal("waiting", (await instance.Book.RetryAsync(bed.Caller, webhook.Id, Cancellation)).Status);
        await instance.AttemptAsync(webhook);

        var seen = await instance.SeenAsync(bed, webhook);
        Assert.Equal(("delivered", 2), (seen.Status, seen.Attempts!.Count));
        Assert.Equal([webhook.Id, webhook.Id], receiver.Received.Select(r => r.Headers["webhook-id"]));
    }

    [Fact]
    public async Task Check_AnAddressThatIsNotTaken_IsRefusedByItsParametersName()
    {
        var bed = await WebhookBed.CreateAsync(azurite);
        bed.Environment = "Production";
        var outbox = bed.Start().Outbox;

        outbox.Check("https://hooks.example.com/", "webhook");
        var refusal = Assert.Throws<RefusedException>(() => outbox.Check("http://localhost:5000/", "webhook"));

        Assert.Equal((400, "invalid_webhook", "webhook"), (refusal.Status, refusal.Code, refusal.Param));
    }

    private static string Signed(ReceivedWebhook received, string secret) =>
        new SigningSecret(secret, default).Sign(
            received.Headers["webhook-id"], long.Parse(received.Headers["webhook-timestamp"], CultureInfo.InvariantCulture), received.Body);
}
