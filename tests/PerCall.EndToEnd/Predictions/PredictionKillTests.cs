using System.Collections.Concurrent;
using System.Text.Json;
using Azure.Data.Tables;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.EndToEnd.Charging;
using PerCall.Testing;
using PerCall.Testing.Charges;
using Xunit;

namespace PerCall.EndToEnd.Predictions;

public sealed class PredictionKillTests(Service service)
{
    private const int Kills = 4;
    private const int Callers = 4;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Kill_UnderLoad_EveryPredictionEndsAndThoseThatSucceededAreChargedOnce()
    {
        using var tenant = await TestTenant.CreateAsync(service, TestTenant.Plan with { MonthlyBudget = 1_000_000_000 });
        var ids = new ConcurrentBag<string>();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var callers = Enumerable.Range(0, Callers).Select(i => CallAsync(tenant.Client, ids, i, over.Token)).ToList();
        try
        {
            var random = new Random(7);
            for (var i = 0; i < Kills; i++)
            {
                // What it has in hand is another's soon after it is gone.
                await using var doomed = await service.StartAnotherAsync(("PerCall__Hosting__MessageLease", "00:00:04"), ("PerCall__Predictions__Lapse", "00:00:02"));
                await Task.Delay(random.Next(300, 1500), Cancellation);
                await doomed.KillAsync();
            }
        }
        finally
        {
            await over.CancelAsync();
            await Task.WhenAll(callers);
        }

        var ended = new List<Prediction>();
        await Eventually.HoldsAsync(
            async () =>
            {
                ended = await ListAsync(tenant.Client);
                return ended.All(p => p.CompletedAt is not null);
            },
            "all have ended",
            service.Process);

        Assert.Equal(ids.Order(), ended.Select(p => p.Id).Order());
        Assert.All(ended, p => Assert.Contains(p.Status, new[] { "succeeded", "canceled" }));
        Assert.True(ended.Count(p => p.Status == "succeeded") > 50, $"{ended.Count} predictions are too few to show anything.");
        Assert.True(await TakenOverAsync(tenant) > 0, "No instance was killed with a prediction in hand, so nothing is shown.");
        var charges = (await WrittenCharge.ReadAllAsync(service.Azurite.ConnectionString, Cancellation)).Where(c => c.Account == tenant.Account).ToList();
        Assert.Equal(ended.Where(p => p.Status == "succeeded").Select(p => p.Id).Order(), charges.Select(c => c.Id).Order());
        Assert.Equal(charges.Sum(c => c.Charge), (await tenant.UsedAsync(Cancellation)).Paid);
    }

    private static async Task CallAsync(PerCallClient client, ConcurrentBag<string> ids, int caller, CancellationToken over)
    {
        var texts = JsonSerializer.Serialize(Enumerable.Range(0, 40).Select(i => $"text {i} of some length, as texts are that people write"));
        for (var call = caller; !over.IsCancellationRequested; call++)
        {
            var taken = await client.CreatePredictionAsync(PredictionTests.Request("text-classification", "spam", texts), cancellation: Cancellation);
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

            await Task.Delay(50, Cancellation);
        }
    }

    private async Task<int> TakenOverAsync(TestTenant tenant) => await new TableClient(service.Azurite.ConnectionString, "predictions")
        .QueryAsync<TableEntity>(r => r.PartitionKey == tenant.Account, cancellationToken: Cancellation).CountAsync(r => r.GetInt32("Tries") > 1, Cancellation);

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
