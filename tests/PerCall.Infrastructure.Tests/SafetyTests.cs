using System.Text.Json.Nodes;
using Xunit;

namespace PerCall.Infrastructure.Tests;

/// <summary>What holds of every deployment that main.bicep offers.</summary>
public sealed class SafetyTests
{
    /// <summary>They take none, or are parts of what has them.</summary>
    private static readonly string[] Untagged =
    [
        "Microsoft.Authorization/roleAssignments", "Microsoft.Authorization/roleDefinitions", "Microsoft.Authorization/locks",
        "Microsoft.Insights/diagnosticSettings", "Microsoft.Consumption/budgets", "Microsoft.EventGrid/systemTopics/eventSubscriptions",
        "Microsoft.Network/virtualNetworks/subnets",
        "Microsoft.Network/privateEndpoints/privateDnsZoneGroups", "Microsoft.Web/sites/config",
        "Microsoft.Web/sites/basicPublishingCredentialsPolicies",
    ];

    public static TheoryData<string> All => Combinations.All;

    [Theory]
    [MemberData(nameof(All))]
    public async Task Storage_HasNoKeysAndNoPublicBlobs(string combination)
    {
        var deployment = await Combinations.GetAsync(combination);

        Assert.All([deployment.Transient, deployment.Kept], account =>
        {
            Assert.False((bool)account["allowSharedKeyAccess"]!);
            Assert.False((bool)account["allowBlobPublicAccess"]!);
            Assert.Equal("TLS1_2", (string?)account["minimumTlsVersion"]);
            Assert.True((bool)account["supportsHttpsTrafficOnly"]!);
        });
        Assert.All(
            deployment.OfType("Microsoft.Storage/storageAccounts/blobServices/containers"), c =>
                Assert.Equal("None", (string?)c["publicAccess"]));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Storage_KeepsWhatWasDeletedInOneAccountAlone(string combination)
    {
        var deployment = await Combinations.GetAsync(combination);
        (bool Versions, bool Blobs, bool Containers) Keeps(Resource account)
        {
            var blobs = deployment.OfType("Microsoft.Storage/storageAccounts/blobServices", account).Single();
            return (
                (bool)blobs["isVersioningEnabled"]!, (bool)blobs["deleteRetentionPolicy"]!["enabled"]!,
                (bool)blobs["containerDeleteRetentionPolicy"]!["enabled"]!);
        }

        Assert.Equal((true, true, true), Keeps(deployment.Kept));
        Assert.Equal((false, false, false), Keeps(deployment.Transient));
        // The other is the account of the events, and what is tried out can be deleted.
        Assert.Equal(
            combination == "dev.bicepparam" || Combinations.Has(combination, "no-lock") ? [] : [deployment.Kept.Id],
            deployment.OfType("Microsoft.Authorization/locks").Where(l => (string?)l["level"] == "CanNotDelete").Select(
                l => l.Id.Split("/providers/Microsoft.Authorization/")[0]));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Logs_OfStorage_NameNoFileOfACustomer(string combination)
    {
        var deployment = await Combinations.GetAsync(combination);

        // Uploads have customers' file names, and rows and messages their keys. What the kept account's blobs are called is the service's.
        var log = Assert.Single(
            deployment.OfType("Microsoft.Insights/diagnosticSettings"),
            d => d.Id.Contains("/Microsoft.Storage/", StringComparison.Ordinal));
        Assert.Contains($"/{deployment.Kept.Name}/blobServices/default/providers/", log.Id, StringComparison.Ordinal);
        Assert.Equal(["StorageDelete"], log["logs"]!.AsArray().Select(l => (string)l!["category"]!));
        Assert.Null(log["metrics"]);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Service_IsReachedByTlsAlone(string combination)
    {
        var deployment = await Combinations.GetAsync(combination);

        if (Combinations.IsFunctions(combination))
        {
            var app = deployment.Single("Microsoft.Web/sites");
            Assert.True((bool)app["httpsOnly"]!);
            Assert.Equal(
                ("1.2", "1.2", "Disabled"),
                ((string?)app["siteConfig"]!["minTlsVersion"], (string?)app["siteConfig"]!["scmMinTlsVersion"],
                    (string?)app["siteConfig"]!["ftpsState"]));
            Assert.Equal(["ftp", "scm"], deployment.Names("Microsoft.Web/sites/basicPublishingCredentialsPolicies"));
            Assert.All(deployment.OfType("Microsoft.Web/sites/basicPublishingCredentialsPolicies"), p => Assert.False((bool)p["allow"]!));
            Assert.Equal("UserAssignedIdentity", (string?)app["functionAppConfig"]!["deployment"]!["storage"]!["authentication"]!["type"]);
            Assert.Empty(deployment.OfType("Microsoft.App/containerApps"));
        }
        else
        {
            Assert.False((bool)deployment.Single("Microsoft.App/containerApps")["configuration"]!["ingress"]!["allowInsecure"]!);
            Assert.Empty(deployment.OfType("Microsoft.Web/sites"));
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Vault_Telemetry_AndModels_TakeIdentitiesAlone(string combination)
    {
        var deployment = await Combinations.GetAsync(combination);

        Assert.True((bool)deployment.Single("Microsoft.KeyVault/vaults")["enableRbacAuthorization"]!);
        Assert.True((bool)deployment.Single("Microsoft.KeyVault/vaults")["enableSoftDelete"]!);
        Assert.True((bool)deployment.Single("Microsoft.Insights/components")["DisableLocalAuth"]!);
        Assert.True((bool)deployment.Single("Microsoft.OperationalInsights/workspaces")["features"]!["disableLocalAuth"]!);
        var models = deployment.OfType("Microsoft.CognitiveServices/accounts").ToList();
        Assert.Equal(Combinations.Has(combination, "openai") ? 1 : 0, models.Count);
        Assert.All(models, m => Assert.True((bool)m["disableLocalAuth"]!));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Network_ClosedOrOpen_IsTheSameForAllThatHoldData(string combination)
    {
        var deployment = await Combinations.GetAsync(combination);
        var closed = Combinations.IsClosed(combination);
        var hasNetwork = Combinations.HasNetwork(combination);
        string[] holders = ["Microsoft.Storage/storageAccounts", "Microsoft.KeyVault/vaults", "Microsoft.CognitiveServices/accounts"];

        Assert.All(deployment.Resources.Where(r => holders.Contains(r.Type)), r =>
        {
            Assert.Equal(closed ? "Disabled" : "Enabled", (string?)r["publicNetworkAccess"]);
            Assert.Equal(closed ? "Deny" : "Allow", (string?)r["networkAcls"]!["defaultAction"]);
        });
        // Blobs of both accounts.
        string[] groups = Combinations.Has(combination, "openai")
            ? ["account", "blob", "blob", "queue", "table", "vault"] : ["blob", "blob", "queue", "table", "vault"];
        Assert.Equal(
            hasNetwork ? groups : [], deployment.OfType("Microsoft.Network/privateEndpoints").Select(
                e => (string)e["privateLinkServiceConnections"]![0]!["properties"]!["groupIds"]![0]!).Order(StringComparer.Ordinal));
        Assert.Equal(
            hasNetwork ? groups.Distinct().Count() : 0, deployment.OfType("Microsoft.Network/privateDnsZones/virtualNetworkLinks").Count());
        Assert.Equal(hasNetwork ? groups.Length : 0, deployment.OfType("Microsoft.Network/privateEndpoints").DistinctBy(e => e.Name).Count());
        var compute = deployment.OfType("Microsoft.Network/virtualNetworks/subnets").Where(s => s["delegations"] is not null).ToList();
        Assert.Equal(
            hasNetwork ? ["Microsoft.App/environments"] : [],
            compute.Select(s => (string)s["delegations"]![0]!["properties"]!["serviceName"]!));
        var inside = Combinations.IsFunctions(combination)
            ? deployment.Single("Microsoft.Web/sites")["virtualNetworkSubnetId"]
            : deployment.Single("Microsoft.App/managedEnvironments")["vnetConfiguration"];
        Assert.Equal(hasNetwork, inside is not null);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Tags_AreOnEverythingThatTakesThem(string combination)
    {
        var deployment = await Combinations.GetAsync(combination);

        Assert.All(
            deployment.Resources.Where(
                r => !Untagged.Contains(r.Type) && !r.Type.StartsWith("Microsoft.Storage/storageAccounts/", StringComparison.Ordinal)),
            r =>
                Assert.True(
                    (string?)r.Json["tags"]?["application"] == "percall" && r.Json["tags"]?["environment"] is not null,
                    $"{r} has no tags."));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Logs_OfStorageAndVault_GoToTheWorkspace_AndTheServicesOwnOnlyOnce(string combination)
    {
        var deployment = await Combinations.GetAsync(combination);
        var logged = deployment.OfType(
            "Microsoft.Insights/diagnosticSettings").Select(d =>
                d.Id.Split("/providers/")[^2].Split('/') is [var space, var type, _, .. var rest]
                    ? $"{space}/{type}{string.Concat(rest.Where((_, i) => i % 2 == 0).Select(p => $"/{p}"))}" : d.Id).ToList();

        string[] storageAndVault = ["Microsoft.Storage/storageAccounts/blobServices", "Microsoft.KeyVault/vaults"];
        Assert.All(storageAndVault, e => Assert.Contains(e, logged));
        // The lines of the host and the service are in Application Insights. The container's console has errors, and why it did not start.
        Assert.DoesNotContain("Microsoft.Web/sites", logged);
        Assert.Equal(!Combinations.IsFunctions(combination), logged.Contains("Microsoft.App/managedEnvironments"));
        Assert.Equal(
            Combinations.IsFunctions(combination) ? null : "Error",
            deployment.Settings.GetValueOrDefault("Logging__Console__LogLevel__Default"));
        Assert.All(deployment.OfType("Microsoft.Insights/diagnosticSettings"), d => Assert.NotNull(d["workspaceId"]));
        Assert.True((int)deployment.Single("Microsoft.OperationalInsights/workspaces")["workspaceCapping"]!["dailyQuotaGb"]! > 0);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Secrets_AreInNoOutputAndNoSetting(string combination)
    {
        var deployment = await Combinations.GetAsync(combination);

        Assert.All(deployment.Outputs.Select(o => (string)o.Value!).Concat(deployment.Settings.Values), NoSecret);
        // And the key goes into the vault and nowhere else.
        Assert.Equal(
            ["Microsoft.KeyVault/vaults/secrets"],
            deployment.Resources.Where(r => r.Json.ToJsonString().Contains("newGuid()", StringComparison.Ordinal)).Select(r => r.Type));
    }

    [Theory]
    [InlineData("main.bicep")]
    [InlineData("inbox-events.bicep")]
    public async Task Secrets_AreInNoOutputOfAnyModule(string file)
    {
        foreach (var output in Outputs(await Bicep.BuildAsync(file)))
        {
            NoSecret(output);
        }
    }

    private static IEnumerable<string> Outputs(JsonNode? node) => node switch
    {
        JsonObject o =>
            o.SelectMany(
                p =>
                    p is { Key: "outputs", Value: JsonObject outputs } ? outputs.Select(
                        x => x.Value!["value"]?.ToJsonString() ?? "") : Outputs(p.Value)),
        JsonArray a => a.SelectMany(Outputs),
        _ => [],
    };

    private static void NoSecret(string value)
    {
        foreach (var sign in (string[])["newGuid", "listKeys", "list(", "listAccountSas", "AccountKey", "SharedAccess",
            "parameters('operatorKey')", "code="])
        {
            Assert.DoesNotContain(sign, value, StringComparison.OrdinalIgnoreCase);
        }
    }
}
