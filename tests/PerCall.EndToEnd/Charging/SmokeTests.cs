using System.Diagnostics;
using PerCall.Testing;
using Xunit;

namespace PerCall.EndToEnd.Charging;

/// <summary>The call that the deployment workflow makes at its end, against the service itself.</summary>
public sealed class SmokeTests(Service service)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Smoke_PaidCall_IsFoundInTheUsage()
    {
        using var tenant = await TestTenant.CreateAsync(service);

        var (code, output) = await RunAsync(tenant.Key.Key);

        Assert.True(code == 0, output);
        Assert.Contains("A call was answered, cost 3 micro-units", output, StringComparison.Ordinal);
        Assert.Equal((1, 3), await tenant.UsedAsync(Cancellation));
    }

    [Fact]
    public async Task Smoke_PlanWithoutAPrice_FailsAndSaysSo()
    {
        using var tenant = await TestTenant.CreateAsync(
            service, TestTenant.Plan with { Prices = [new("text.classify", "*", "1k_characters", 0)] });

        var (code, output) = await RunAsync(tenant.Key.Key);

        Assert.Equal(1, code);
        Assert.Contains("The call cost nothing", output, StringComparison.Ordinal);
    }

    private async Task<(int Code, string Output)> RunAsync(string key)
    {
        var start = new ProcessStartInfo("dotnet", [Repository.Assembly("PerCall.Hooks"), "smoke", "0"])
        {
            Environment = { ["PERCALL_ADDRESS"] = service.Process.Address.AbsoluteUri, ["PERCALL_SMOKE_KEY"] = key },
        };
        var run = await Processes.RunAsync(start, Cancellation);
        return (run.Code, run.All);
    }
}
