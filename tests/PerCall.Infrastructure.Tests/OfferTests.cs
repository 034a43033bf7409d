using Xunit;

namespace PerCall.Infrastructure.Tests;

/// <summary>What single parameters change.</summary>
public sealed class OfferTests
{
    private const string Budgets = "Microsoft.Consumption/budgets";

    [Theory]
    [InlineData("two-long-names-that-differ-late-a", "two-long-names-that-differ-late-b")]
    [InlineData("My.First_(one)", "My.First_(two)")]
    public async Task Names_LongEnvironmentsWithTheSameBeginning_Differ(string one, string other)
    {
        var names = new List<string>();
        foreach (var environment in (string[])[one, other])
        {
            var deployment = await Bicep.PredictAsync("main.bicep", Combinations.With($"param environmentName = '{environment}'"));
            var storage = new[] { deployment.Transient.Name, deployment.Kept.Name };
            Assert.All(storage, name => Assert.Matches("^[a-z0-9]{3,24}$", name));
            Assert.Matches("^[a-z][a-z0-9-]{1,22}[a-z0-9]$", deployment.Single("Microsoft.KeyVault/vaults").Name);
            Assert.Equal(environment, (string?)deployment.Single("Microsoft.KeyVault/vaults").Json["tags"]!["environment"]);
            names.AddRange(storage);
        }

        Assert.Equal(names.Distinct(), names);
    }

    [Fact]
    public async Task Budget_None_IsNotMade_AndOneIsLeftAloneLater()
    {
        Assert.Empty((await Combinations.GetAsync("main.bicepparam")).OfType(Budgets));
        Assert.Single((await Combinations.GetAsync("functions open")).OfType(Budgets));

        var resources = (await Bicep.BuildAsync("modules/budget.bicep"))["resources"]!.AsObject();
        // Azure refuses another start in a later month.
        Assert.All(resources, r => Assert.NotNull(r.Value!["@options"]?["onlyIfNotExists"]));
        Assert.Equal(2, resources.Count);
    }

    [Theory]
    [InlineData("functions open stop", "/providers/Microsoft.Web/sites/func-")]
    [InlineData("containerapps open stop", "/providers/Microsoft.App/containerApps/ca-")]
    public async Task Budget_Spent_StopsTheApp(string combination, string app)
    {
        var deployment = await Combinations.GetAsync(combination);
        var stop = Assert.Single(deployment.OfType(Budgets), b => b.Name.StartsWith("budget-stop-", StringComparison.Ordinal));
        var notification = Assert.Single(stop["notifications"]!.AsObject()).Value!;
        var workflow = deployment.Single("Microsoft.Logic/workflows");
        var call = Assert.Single(workflow["definition"]!["actions"]!.AsObject()).Value!["inputs"]!;

        Assert.Equal((100, "Actual"), ((int)notification["threshold"]!, (string?)notification["thresholdType"]));
        Assert.Contains("format('stop-{0}'", (string)Assert.Single(notification["contactGroups"]!.AsArray())!, StringComparison.Ordinal);
        Assert.Equal("POST", (string?)call["method"]);
        Assert.Contains(app, (string)call["uri"]!, StringComparison.Ordinal);
        Assert.Contains("/stop?api-version=", (string)call["uri"]!, StringComparison.Ordinal);
        Assert.Equal("ManagedServiceIdentity", (string?)call["authentication"]!["type"]);
        Assert.Empty((await Combinations.GetAsync("functions open")).OfType("Microsoft.Logic/workflows"));
    }

    [Theory]
    [InlineData("dev.bicepparam", false)]
    [InlineData("main.bicepparam", false)]
    [InlineData("prod.bicepparam", true)]
    public async Task Vault_PurgeProtection_IsForProduction(string combination, bool isProtected) =>
        Assert.Equal(
            isProtected,
            (bool?)(await Combinations.GetAsync(combination)).Single("Microsoft.KeyVault/vaults")["enablePurgeProtection"] ?? false);

    [Theory]
    [InlineData("functions open", false, null)]
    [InlineData("functions open zones rolling", true, "RollingUpdate")]
    public async Task Functions_ZonesAndUpdates_AreSwitches(string combination, bool zones, string? update)
    {
        var deployment = await Combinations.GetAsync(combination);

        Assert.Equal(zones, (bool)deployment.Single("Microsoft.Web/serverfarms")["zoneRedundant"]!);
        Assert.Equal(
            update, (string?)deployment.Single("Microsoft.Web/sites")["functionAppConfig"]!["siteUpdateStrategy"]?["type"]);
    }

    [Theory]
    [InlineData("containerapps joined", false)]
    [InlineData("containerapps joined zones", true)]
    public async Task ContainerApps_Zones_AreASwitch(string combination, bool zones) =>
        Assert.Equal(zones, (bool)(await Combinations.GetAsync(combination)).Single("Microsoft.App/managedEnvironments")["zoneRedundant"]!);

    [Fact]
    public async Task FixedAddress_IsThatOfTheComputeSubnetAndAnOutput()
    {
        var with = await Combinations.GetAsync("functions joined address");
        var without = await Combinations.GetAsync("functions joined");

        Assert.Single(with.OfType("Microsoft.Network/natGateways"));
        var address = with.Single("Microsoft.Network/publicIPAddresses");
        Assert.Equal("Static", (string?)address["publicIPAllocationMethod"]);
        Assert.EndsWith("/compute", Assert.Single(
            with.OfType("Microsoft.Network/virtualNetworks/subnets"), s => s["natGateway"] is not null).Name, StringComparison.Ordinal);
        Assert.Contains("fixedAddress", with.Outputs["PERCALL_OUTBOUND_ADDRESS"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Empty(without.OfType("Microsoft.Network/natGateways"));
        Assert.Empty(without.OfType("Microsoft.Network/publicIPAddresses"));
    }

    [Fact]
    public async Task ConcurrentRequests_OfAReplica_IsAParameter()
    {
        var deployment = await Bicep.PredictAsync(
            "main.bicep", Combinations.With("param host = 'containerapps'\nparam image = 'x/y:1'\nparam concurrentRequests = 3"));
        var rules = deployment.Single("Microsoft.App/containerApps")["template"]!["scale"]!["rules"]!.AsArray();

        Assert.Equal("3", (string?)Assert.Single(rules, r => r!["http"] is not null)!["http"]!["metadata"]!["concurrentRequests"]);
    }

    /// <summary>Azure documents no smaller number of instances; a first deployment is to go through with what is offered here.</summary>
    [Theory]
    [InlineData("dev.bicepparam")]
    [InlineData("main.bicepparam")]
    [InlineData("prod.bicepparam")]
    public async Task MaximumInstances_OfTheParameterFiles_IsDocumented(string file)
    {
        var app = (await Combinations.GetAsync(file)).Single("Microsoft.Web/sites");

        Assert.InRange((int)app["functionAppConfig"]!["scaleAndConcurrency"]!["maximumInstanceCount"]!, 40, 1000);
    }

    [Fact]
    public async Task Location_IsMarkedForAzd() =>
        Assert.Equal("location", (string?)(await Bicep.BuildAsync("main.bicep"))["parameters"]!["location"]!["metadata"]!["azd"]!["type"]);
}
