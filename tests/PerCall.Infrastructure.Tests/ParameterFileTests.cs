using PerCall.Functions.Operators;
using Xunit;

namespace PerCall.Infrastructure.Tests;

/// <summary>The parameter file of production, with variables as the workflow passes them.</summary>
public sealed class ParameterFileTests
{
    private const string Policies = "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies";
    private const string Budgets = "Microsoft.Consumption/budgets";

    [Fact]
    public async Task Production_WithoutVariables_HasItsDefaults()
    {
        var deployment = await Combinations.GetAsync("prod.bicepparam");

        Assert.NotEmpty(deployment.OfType("Microsoft.Web/sites"));
        Assert.NotEmpty(deployment.OfType(Policies));
        Assert.Equal(400, (int)deployment.Single(Budgets)["amount"]!);
        Assert.Single(deployment.OfType("Microsoft.Insights/actionGroups").Single()["emailReceivers"]!.AsArray());
        Assert.DoesNotContain(OperatorKey.PreviousSetting, deployment.Settings.Keys);
    }

    [Fact]
    public async Task Production_WithVariablesOfItsLife_TakesThem()
    {
        var deployment = await PredictAsync(new()
        {
            // Empty, as variables are that are not set.
            ["PERCALL_IMAGE"] = "",
            ["PERCALL_REGISTRY"] = "",
            ["PERCALL_OPERATORS_GROUP"] = "",
            ["PERCALL_RECORD_LOCKED"] = "true",
            ["PERCALL_OPERATOR_KEY_PREVIOUS"] = "true",
            ["PERCALL_MONTHLY_BUDGET"] = "0",
            ["PERCALL_OPERATOR_EMAIL2"] = "second@example.com",
        });

        // Azure refuses to write a locked policy again.
        Assert.Empty(deployment.OfType(Policies));
        Assert.Contains(OperatorKey.PreviousSetting, deployment.Settings.Keys);
        // A subscription can have none in its first two days.
        Assert.Empty(deployment.OfType(Budgets));
        Assert.Equal(
            ["operator@example.com", "second@example.com"],
            deployment.Single("Microsoft.Insights/actionGroups")["emailReceivers"]!.AsArray().Select(r => (string)r!["emailAddress"]!));
    }

    [Fact]
    public async Task Production_OnContainerApps_RunsTheImage()
    {
        var deployment = await PredictAsync(new()
        {
            ["PERCALL_HOST"] = "containerapps",
            ["PERCALL_IMAGE"] = "percallimages.azurecr.io/percall:abc",
            ["PERCALL_REGISTRY"] = "percallimages",
            ["PERCALL_MONTHLY_BUDGET"] = "123",
        });
        var app = deployment.Single("Microsoft.App/containerApps");

        Assert.Equal("percallimages.azurecr.io/percall:abc", (string?)app["template"]!["containers"]![0]!["image"]);
        Assert.Equal("percallimages.azurecr.io", (string?)app["configuration"]!["registries"]![0]!["server"]);
        // Nobody waits for a start, as on Functions.
        Assert.Equal(1, (int)app["template"]!["scale"]!["minReplicas"]!);
        Assert.Equal(123, (int)deployment.Single(Budgets)["amount"]!);
        Assert.Empty(deployment.OfType("Microsoft.Web/sites"));
    }

    private static async Task<Deployment> PredictAsync(Dictionary<string, string> variables)
    {
        using var server = new BicepServer(variables);
        return await Bicep.PredictFileAsync("prod.bicepparam", server);
    }
}
