using PerCall.Testing.Charges;
using Xunit;

namespace PerCall.EndToEnd.Charging;

/// <summary>The short form of the benchmark <c>kill</c>.</summary>
[Collection(Disturbances.Name)]
public sealed class KillTests(DisturbedService service)
{
    private const int Kills = 5;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Processes", "several")]
    public async Task Kill_UnderLoad_EveryAnswerIsInTheJournalOnceAndTheInvoiceIsItsSum()
    {
        using var tenant = await TestTenant.CreateAsync(service, TestTenant.Plan with { MonthlyBudget = 1_000_000_000 });
        var image = await File.ReadAllBytesAsync(Service.Sample("digits", "digit-7.png"), Cancellation);
        var trial = new KillTrial(() => service.StartAnotherAsync(), tenant.Key.Key, image, seed: 4);

        var result = await trial.RunAsync(instances: 2, Kills, _ => { }, Cancellation);

        var charges = await tenant.ChargesAsync(Cancellation);
        var once = charges.Select(c => c.Id).ToHashSet();
        Assert.Equal(charges.Count, once.Count);
        Assert.True(result.Answers.Count > 100, $"{result.Answers.Count} answers are too few to show anything.");
        Assert.All(result.Answers, a => Assert.Contains(a.Id, once));
        Assert.All(result.Answers, a => Assert.Equal(TestTenant.ImagePrice, a.Cost));
        // What was charged and not answered was on its way when its instance died.
        Assert.InRange(charges.Count(c => c.Units > 0) - result.Answers.Count, 0, result.Unknown);

        var paid = charges.Sum(c => c.Charge);
        Assert.Equal(paid, (await tenant.UsedAsync(Cancellation)).Paid);
        var today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
        var invoice = await service.Operator.GetInvoiceAsync(tenant.Id, today, verify: true, Cancellation);
        Assert.Equal(paid, Assert.Single(invoice.Totals).Total);
        Assert.Equal(0, invoice.Reconciliation!.Difference);
    }
}
