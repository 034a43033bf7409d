using PerCall.StandIn;
using PerCall.Testing.LargeModels;
using Xunit;

namespace PerCall.EndToEnd.LargeModels;

/// <summary>Tests of large models share a service whose deployments are at a stand-in provider.</summary>
[CollectionDefinition(Name)]
public sealed class SharedLargeModels : ICollectionFixture<LargeModelService>
{
    public const string Name = "large models";
}

/// <summary>A service with the models of <see cref="StandInModels"/>.</summary>
public sealed class LargeModelService : Service
{
    private int _tenants;

    public StandInProvider Provider { get; private set; } = null!;

    protected override IEnumerable<(string Name, string? Value)> Settings => StandInModels.Settings(Provider.Address);

    public override async ValueTask InitializeAsync()
    {
        Provider = await StandInProvider.StartAsync();
        await base.InitializeAsync();
    }

    /// <summary>Adds a tenant whose plan has the prices of all models.</summary>
    /// <returns>A key of the tenant, with both roles.</returns>
    public async Task<string> AddCallerAsync(long? budget = null)
    {
        var name = $"caller-{Interlocked.Increment(ref _tenants)}";
        await Operator.PutPlanAsync(name, StandInModels.Plan(budget));
        return await AddTenantAsync(name, name);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Provider.DisposeAsync();
    }
}
