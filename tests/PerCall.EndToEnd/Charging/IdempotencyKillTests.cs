using System.Net;
using System.Net.Http.Json;
using PerCall.Client.Wire;
using PerCall.Testing;
using PerCall.Testing.Charges;
using Xunit;

namespace PerCall.EndToEnd.Charging;

/// <summary>Repetitions of calls that are still running, or whose instance has died.</summary>
[Collection(Disturbances.Name)]
public sealed class IdempotencyKillTests(DisturbedService service)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Repeat_WhileTheFirstRuns_IsToldSo_ThenGetsItsAnswer_AndOneIsCharged()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        await using var gate = await service.Azurite.HoldAnswersAsync(tenant.Account);

        var first = SendAsync(tenant);
        await gate.ReachedAsync(service.Process);
        var meanwhile = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => SendAsync(tenant)));
        await gate.OpenAsync();
        var (status, body) = await first;
        var (afterwards, replayed) = await SendAsync(tenant);

        Assert.All(meanwhile, a => Assert.Equal(HttpStatusCode.Conflict, a.Status));
        Assert.All(meanwhile, a => Assert.Contains("idempotency_in_flight", a.Body, StringComparison.Ordinal));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (status, afterwards));
        Assert.Equal(body, replayed);
        Assert.Single(await tenant.ChargesAsync(Cancellation));
    }

    [Fact]
    [Trait("Processes", "several")]
    public async Task Repeat_AfterItsInstanceDied_IsAnsweredAndChargedOnce()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var image = await File.ReadAllBytesAsync(Service.Sample("digits", "digit-7.png"), Cancellation);
        var answers = new List<ReceivedAnswer>();
        for (var i = 0; i < 4; i++)
        {
            var doomed = await service.StartAnotherAsync(("PerCall__Idempotency__Lapse", "00:00:02"));
            using var http = TestTenant.Connect(doomed.Address, tenant.Key.Key);
            await ReceivedAnswer.CallAsync(http, doomed.Address, "digits", image, $"warm-{i}");
            // Two are killed before their answer is kept; two at any moment.
            await using var gate = i < 2 ? await service.Azurite.HoldAnswersAsync(tenant.Account) : null;
            var call = ReceivedAnswer.CallAsync(http, doomed.Address, "digits", image, $"doomed-{i}");
            await (gate?.ReachedAsync(doomed) ?? Task.CompletedTask);
            await doomed.KillAsync();
            await doomed.DisposeAsync();
            try
            {
                await call;
            }
            catch (HttpRequestException)
            {
            }
        }

        await using var heir = await service.StartAnotherAsync(("PerCall__Idempotency__Lapse", "00:00:02"));
        using var after = TestTenant.Connect(heir.Address, tenant.Key.Key);
        for (var i = 0; i < 4; i++)
        {
            await Eventually.HoldsAsync(
                async () =>
                {
                    var (status, answer) = await ReceivedAnswer.CallAsync(after, heir.Address, "digits", image, $"doomed-{i}");
                    if (answer is not null)
                    {
                        answers.Add(answer);
                    }

                    return status == 200 ? true : status == 409 ? false : throw new InvalidOperationException($"Answered with {status}.");
                },
                "the repetition is answered",
                heir);
        }

        var charges = await tenant.ChargesAsync(Cancellation);
        Assert.Equal(4, answers.Count);
        Assert.All(answers, a => Assert.Single(charges, c => c.Id == a.Id));
        // Four calls that came before, and four that were repeated.
        Assert.Equal(8, charges.Count);
    }

    private static async Task<(HttpStatusCode Status, string Body)> SendAsync(TestTenant tenant)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/text/classify")
        {
            Content = JsonContent.Create(
                new ClassifyTextRequest { Model = "sentiment", Input = ["a text"] }, WireJson.Default.ClassifyTextRequest),
        };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", "\"busy\"");
        using var response = await tenant.Http.SendAsync(request, Cancellation);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }
}
