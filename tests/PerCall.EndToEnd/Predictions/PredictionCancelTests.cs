using System.Net;
using PerCall.Client;
using PerCall.EndToEnd.Charging;
using Xunit;

namespace PerCall.EndToEnd.Predictions;

[Collection(Disturbances.Name)]
public sealed class PredictionCancelTests(DisturbedService service)
{
    private const int Certain = 5;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cancel_AtAnyMoment_EitherCancelsUnchargedOrIsTooLate()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var ids = new List<string>();
        var canceled = new List<string>();
        // At first the queue is paused, so that none of them has begun; then they are cancelled at any moment.
        await using var pause = await service.Azurite.PausePredictionsAsync();
        for (var i = 0; i < 20; i++)
        {
            if (i == Certain)
            {
                await pause.OpenAsync();
            }

            var taken = await tenant.Client.CreatePredictionAsync(
                PredictionTests.Request("text-classification", "spam", "\"x\""), cancellation: Cancellation);
            ids.Add(taken.Id);
            await LookAsync(tenant, taken.Id, i);
            try
            {
                Assert.Equal("canceled", (await tenant.Client.CancelPredictionAsync(taken.Id, Cancellation)).Status);
                canceled.Add(taken.Id);
            }
            catch (PerCallException e)
            {
                Assert.Equal((HttpStatusCode.Conflict, "prediction_ended"), (e.Status, e.Problem!.Code));
            }
        }

        var ended = await Task.WhenAll(ids.Select(id => PredictionTests.EndedAsync(tenant.Client, id, service.Process)));

        Assert.Equal(ids[..Certain], canceled.Take(Certain));
        Assert.Equal(canceled.Order(), ended.Where(p => p.Status == "canceled").Select(p => p.Id).Order());
        Assert.Equal(
            ended.Where(p => p.Status == "succeeded").Select(p => p.Id).Order(),
            (await tenant.ChargesAsync(Cancellation)).Select(c => c.Id).Order());
        await Problems.AssertAsync(
            await tenant.Http.PostAsync(new Uri($"v1/predictions/{canceled[0]}/cancel", UriKind.Relative), null, Cancellation), 409,
            "prediction_ended", null, "canceled");
    }

    /// <summary>Looks a few times: each look takes as long as a call does, so that the predictions are met at different stages.</summary>
    private static async Task LookAsync(TestTenant tenant, string id, int times)
    {
        for (var i = 0; i < times; i++)
        {
            await tenant.Client.GetPredictionAsync(id, Cancellation);
        }
    }
}
