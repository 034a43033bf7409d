using System.Collections.Concurrent;
using Azure.Data.Tables;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.EndToEnd.Charging;
using PerCall.Testing;
using Xunit;

namespace PerCall.EndToEnd.Predictions;

[Collection(Disturbances.Name)]
public sealed class PredictionKillTests(DisturbedService service)
{
    private const int Kills = 4;

    /// <summary>An instance runs six at once at most (its places); of more that are held, another instance has some.</summary>
    private const int OfOneInstance = 6;
    private const int Wave = 24;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Processes", "several")]
    public async Task Kill_UnderLoad_EveryPredictionEndsAndThoseThatSucceededAreChargedOnce()
    {
        using var tenant = await TestTenant.CreateAsync(service, TestTenant.Plan with { MonthlyBudget = 1_000_000_000 });
        var ids = new ConcurrentBag<string>();
        for (var i = 0; i < Kills; i++)
        {
            // The work of the killed instance is another's soon after.
            await using var doomed = await service.StartAnotherAsync(
                ("PerCall__Hosting__MessageLease", "00:00:04"), ("PerCall__Predictions__Lapse", "00:00:02"));
            await using var gate = await service.Azurite.HoldPredictionsAsync(tenant.Account, pass: 3 * i);
            var calls = CallAsync(tenant.Client, ids);
            await Eventually.HoldsAsync(
                async () => await gate.HeldAsync() > OfOneInstance, "both instances hold predictions", service.Process, doomed);
            await doomed.KillAsync();
            await gate.OpenAsync();
            await calls;
        }

        var ended = new List<Prediction>();
        await Eventually.ComesToAsync(
            async () =>
            {
                ended = await ListAsync(tenant.Client);
                return ended.Count(p => p.CompletedAt is null);
            },
            left => left == 0,
            "all predictions have ended",
            service.Process);

        Assert.Equal(ids.Order(), ended.Select(p => p.Id).Order());
        Assert.All(ended, p => Assert.Contains(p.Status, new[] { "succeeded", "canceled" }));
        Assert.True(ended.Count(p => p.Status == "succeeded") > 50, $"{ended.Count} predictions are too few to show anything.");
        Assert.True(await TakenOverAsync(tenant) >= Kills, "An instance had claimed no prediction when it was killed.");
        var charges = await tenant.ChargesAsync(Cancellation);
        Assert.Equal(ended.Where(p => p.Status == "succeeded").Select(p => p.Id).Order(), charges.Select(c => c.Id).Order());
        Assert.Equal(charges.Sum(c => c.Charge), (await tenant.UsedAsync(Cancellation)).Paid);
    }

    /// <summary>Asks for predictions, and cancels each fifth of them.</summary>
    private static Task CallAsync(PerCallClient client, ConcurrentBag<string> ids) =>
        Parallel.ForAsync(0, Wave, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Cancellation }, async (call, _) =>
    {
        var taken = await client.CreatePredictionAsync(
            PredictionTests.Request("text-classification", "spam", $"[\"text {call}\", \"and another\"]"), cancellation: Cancellation);
        ids.Add(taken.Id);
        if (call % 5 == 0)
        {
            try
            {
                await client.CancelPredictionAsync(taken.Id, Cancellation);
            }
            catch (PerCallException e) when (e.Problem?.Code == "prediction_ended")
            {
            }
        }
    });

    private async Task<int> TakenOverAsync(TestTenant tenant) => await new TableClient(service.Azurite.KeptConnectionString, "predictions")
        .QueryAsync<TableEntity>(
            r => r.PartitionKey == tenant.Account, cancellationToken: Cancellation).CountAsync(r => r.GetInt32("Tries") > 1, Cancellation);

    private static async Task<List<Prediction>> ListAsync(PerCallClient client)
    {
        var all = new List<Prediction>();
        for (PredictionList? page = null; page is null or { HasMore: true };)
        {
            page = await client.ListPredictionsAsync(all.LastOrDefault()?.Id, 200, Cancellation);
            all.AddRange(page.Data);
        }

        return all;
    }
}
