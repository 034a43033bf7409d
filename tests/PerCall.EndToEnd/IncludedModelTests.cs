using PerCall.Testing;
using Xunit;

namespace PerCall.EndToEnd;

/// <summary>The models in the published folder, on an account that has none.</summary>
public sealed class IncludedModelTests
{
    private const string Checked = "Checked the models that come with the program";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Processes", "several")]
    public async Task Start_OfTwoInstances_PublishesEachModelOnce_AndARemovedOneNeverAgain()
    {
        await using var service = new BareService();
        await service.InitializeAsync();
        await using var other = await service.StartAnotherAsync();
        await WaitAsync(service.Process);
        await WaitAsync(other);

        string[] all = ["churn", "digits", "fashion", "sentiment", "shop", "spam"];
        Assert.Equal(all, await NamesAsync(service));
        var acts = (await service.Operator.ListAuditAsync(0, 1000, Cancellation)).Data;
        var published = acts.Where(a => a.Action == "model.publish").ToList();
        Assert.All(published, a => Assert.Equal("service", a.Actor));
        // An instance that came second says so.
        var failed = acts.Where(a => a.Action == "model.publish.failed").Select(a => a.Subject).ToList();
        Assert.Equal(
            all.Select(n => $"model/{n}/1").Concat(failed).Order(StringComparer.Ordinal),
            published.Select(a => a.Subject).Order(StringComparer.Ordinal));

        await service.Operator.UnsetAliasAsync("churn", "production", Cancellation);
        await service.Operator.DeleteModelAsync("churn", Cancellation);
        await using var third = await service.StartAnotherAsync();
        await WaitAsync(third);

        Assert.Equal(all.Skip(1), await NamesAsync(service));
    }

    private static Task<string> WaitAsync(ServiceProcess process) =>
        process.WaitForLineAsync(l => l.Contains(Checked, StringComparison.Ordinal));

    private static async Task<IEnumerable<string>> NamesAsync(Service service) =>
        (await service.Operator.ListAllModelsAsync(Cancellation)).Data.Select(m => m.Id).Order(StringComparer.Ordinal);

    private sealed class BareService : Service
    {
        protected override IEnumerable<(string Name, string? Value)> Settings =>
            [("PerCall__Models__Starters", ""), ("PerCall__Models__PublishIncluded", "true")];
    }
}
