using System.Collections.Concurrent;
using PerCall.Testing;
using PerCall.Testing.Charges;
using Xunit;

namespace PerCall.EndToEnd.Charging;

public sealed class BudgetTests(Service service)
{
    private const int Instances = 4;
    private const long Budget = 14_003;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Eight are tried by the benchmark <c>limits</c>, and in process by SharedBudgetTests.</summary>
    [Fact]
    [Trait("Processes", "several")]
    public async Task Budget_FourProcessesAtOnce_IsNeverPassedAndNearlyAllGranted()
    {
        using var tenant = await TestTenant.CreateAsync(service, TestTenant.Plan with { MonthlyBudget = Budget });
        var image = await File.ReadAllBytesAsync(Service.Sample("digits", "digit-7.png"), Cancellation);
        var instances = new ConcurrentBag<ServiceProcess>();
        try
        {
            // Two at a time: on a small machine many that start at once only wait for one another. They have no work in queues, and hardly
            // ask for it.
            await Parallel.ForEachAsync(Enumerable.Range(0, Instances - 1),
                new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = Cancellation }, async (_, _) =>
                instances.Add(
                    await service.StartAnotherAsync(("AzureFunctionsJobHost__extensions__queues__maxPollingInterval", "00:00:10"))));

            var paid = await Task.WhenAll(instances.Append(service.Process).Select(i => SpendAsync(i.Address, tenant.Key.Key, image)));

            var charged = (await tenant.ChargesAsync(Cancellation)).Sum(c => c.Charge);
            Assert.Equal(charged, paid.Sum());
            Assert.InRange(charged, (long)(Budget * 0.98), Budget);
            Assert.Equal(charged, (await tenant.UsedAsync(Cancellation)).Paid);
        }
        finally
        {
            foreach (var instance in instances)
            {
                await instance.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task Budget_Spent_IsToldAsSuch()
    {
        using var tenant = await TestTenant.CreateAsync(service, TestTenant.Plan with { MonthlyBudget = 15 });
        var image = await File.ReadAllBytesAsync(Service.Sample("digits", "digit-7.png"), Cancellation);

        Assert.Equal(14, await SpendAsync(service.Http.BaseAddress!, tenant.Key.Key, image));
        using var content = new ByteArrayContent(image) { Headers = { ContentType = new("image/png") } };
        await Problems.AssertAsync(
            await tenant.Http.PostAsync(new Uri("v1/images/classify?model=digits", UriKind.Relative), content, Cancellation), 402,
            "budget_spent", null, "EUR");
    }

    /// <summary>Calls until the budget is spent.</summary>
    /// <returns>What the answers say they cost.</returns>
    private static async Task<long> SpendAsync(Uri address, string key, byte[] image)
    {
        using var http = TestTenant.Connect(address, key);
        for (long paid = 0; ;)
        {
            var (status, answer) = await ReceivedAnswer.CallAsync(http, address, "digits", image);
            if (status == 402)
            {
                return paid;
            }

            Assert.Equal(200, status);
            paid += answer!.Cost;
        }
    }
}
