using Xunit;

namespace PerCall.Infrastructure.Tests;

/// <summary>Who may do what where: a table, which is all there is.</summary>
public sealed class RoleTests
{
    private const string BlobContributor = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";
    private const string BlobOwner = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b";
    private const string BlobDelegator = "db58b8e5-c6ad-4a2a-8342-4190687cbf4a";
    private const string QueueSender = "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a";
    private const string QueueContributor = "974c5e8b-45b9-4653-ba55-5f855dd0fb88";
    private const string TableContributor = "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3";
    private const string SecretsUser = "4633458b-17de-408a-b874-0445c86b69e6";
    private const string SecretsOfficer = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7";
    private const string MetricsPublisher = "3913510d-42f4-4e42-8a64-420c390055eb";
    private const string OpenAiUser = "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd";
    private const string AcrPull = "7f951dda-4ed3-4680-a7ca-43fe172d538d";

    public static TheoryData<string> All => Combinations.All;

    [Theory]
    [MemberData(nameof(All))]
    public async Task Roles_AreThoseOfTheTable(string combination)
    {
        var deployment = await Combinations.GetAsync(combination);

        Assert.Equal(Expected(combination, deployment).Order(), deployment.Grants.Select(g => $"{g.Who}: {g.Role} on {g.Where}").Order());
    }

    [Theory]
    [InlineData("dev.bicepparam", null)]
    [InlineData("functions open", "Group")]
    public async Task Operators_AreWhoeverDeploysOrAGroup(string combination, string? type)
    {
        var roles = (await Combinations.GetAsync(combination)).OfType("Microsoft.Authorization/roleAssignments");

        // A type would be wrong for a person or for a pipeline.
        var role = Assert.Single(roles, r => ((string)r["roleDefinitionId"]!).EndsWith(SecretsOfficer, StringComparison.Ordinal));
        Assert.Equal(type, (string?)role["principalType"]);
    }

    [Theory]
    [InlineData("functions open stop", "Microsoft.Web/sites/stop/action")]
    [InlineData("containerapps open stop", "Microsoft.App/containerApps/stop/action")]
    public async Task Stopper_MayStopTheAppAndNothingElse(string combination, string action)
    {
        var role = (await Combinations.GetAsync(combination)).Single("Microsoft.Authorization/roleDefinitions");

        Assert.Equal($$"""[{"actions":["{{action}}"]}]""", role["permissions"]!.ToJsonString());
        Assert.EndsWith("/resourceGroups/percall", (string)Assert.Single(role["assignableScopes"]!.AsArray())!, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Expected(string combination, Deployment deployment)
    {
        string Name(string type) => $"{type}/{deployment.Single(type).Name}";
        var storage = $"Microsoft.Storage/storageAccounts/{deployment.Transient.Name}";
        var kept = $"Microsoft.Storage/storageAccounts/{deployment.Kept.Name}";
        var vault = Name("Microsoft.KeyVault/vaults");

        foreach (var container in (string[])[
            .. Service.TransientContainers, "azure-webjobs-hosts", "azure-webjobs-secrets", "deployments"])
        {
            yield return $"service: {BlobContributor} on {storage}/blobServices/default/containers/{container}";
        }

        foreach (var container in Service.KeptContainers)
        {
            yield return $"service: {BlobContributor} on {kept}/blobServices/default/containers/{container}";
        }

        foreach (var queue in (string[])[.. Service.Queues, .. Service.Queues.Select(q => $"{q}-poison"),
            "azure-webjobs-blobtrigger-percall", "webjobs-blobtrigger-poison"])
        {
            yield return $"service: {QueueContributor} on {storage}/queueServices/default/queues/{queue}";
        }

        foreach (var table in Service.Tables)
        {
            yield return $"service: {TableContributor} on {kept}/tableServices/default/tables/{table}";
        }

        // The one role on a whole account: it gives keys to sign addresses with, and opens nothing. There is none on the kept account.
        yield return $"service: {BlobDelegator} on {storage}";
        yield return $"service: {SecretsUser} on {vault}/secrets/operator-key";
        if (Combinations.Has(combination, "rotation"))
        {
            yield return $"service: {SecretsUser} on {vault}/secrets/operator-key-previous";
        }

        yield return $"service: {MetricsPublisher} on {Name("Microsoft.Insights/components")}";
        yield return $"topic: {BlobContributor} on {storage}/blobServices/default/containers/deadletters";
        if (!Combinations.IsFunctions(combination))
        {
            yield return $"topic: {QueueSender} on {storage}/queueServices/default/queues/azure-webjobs-blobtrigger-percall";
        }

        if (Combinations.Has(combination, "stop"))
        {
            var app = Name(Combinations.IsFunctions(combination) ? "Microsoft.Web/sites" : "Microsoft.App/containerApps");
            yield return $"stopper: {deployment.Single("Microsoft.Authorization/roleDefinitions").Name} on {app}";
        }

        if (Combinations.Has(combination, "openai"))
        {
            yield return $"service: {OpenAiUser} on {Name("Microsoft.CognitiveServices/accounts")}";
        }

        if (Combinations.Has(combination, "registry"))
        {
            yield return $"service: {AcrPull} on Microsoft.ContainerRegistry/registries/percallimages";
        }

        if (Combinations.Has(combination, "wide-roles"))
        {
            yield return $"service: {BlobOwner} on {storage}";
            yield return $"service: {QueueContributor} on {storage}";
        }

        // The parameter files take the group from the environment, which has none here; then it is whoever deploys.
        var hasNoGroup = combination.EndsWith(".bicepparam", StringComparison.Ordinal) || Combinations.Has(combination, "deployer");
        if (hasNoGroup || Combinations.Has(combination, "both-operators"))
        {
            yield return $"deployer: {SecretsOfficer} on {vault}";
        }

        if (!hasNoGroup)
        {
            yield return $"{Combinations.Operator}: {SecretsOfficer} on {vault}";
        }
    }
}
