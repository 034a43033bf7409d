using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker;
using PerCall.Functions.Audit;
using PerCall.Functions.Journal;
using PerCall.Functions.Storage.Work;
using Xunit;

namespace PerCall.Infrastructure.Tests;

/// <summary>The storage accounts have what the service and its functions name, and nothing that they do not.</summary>
public sealed class StorageTests
{
    private const string Containers = "Microsoft.Storage/storageAccounts/blobServices/containers";
    private const string Queues = "Microsoft.Storage/storageAccounts/queueServices/queues";
    private const string Tables = "Microsoft.Storage/storageAccounts/tableServices/tables";

    private static readonly string[] OfTheHost = ["azure-webjobs-hosts", "azure-webjobs-secrets"];

    /// <summary>Its container of uploads to work on is named after the host id that the deployment sets.</summary>
    private static readonly string[] QueuesOfTheHost = ["azure-webjobs-blobtrigger-percall", "webjobs-blobtrigger-poison"];

    /// <summary>Charges and the record of management.</summary>
    private static readonly string[] AppendOnly = [AuditLog.Container, JournalContainer.Name];

    public static TheoryData<string> All => Combinations.All;

    [Fact]
    public void Service_SaysWhatItKeeps()
    {
        // The lists below are made of what it says; were it nothing, they would agree with anything.
        Assert.Contains("models", Service.KeptContainers);
        Assert.Contains("files", Service.TransientContainers);
        Assert.Contains("usage", Service.Tables);
        Assert.Contains("shards", Service.Queues);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Containers_Queues_AndTables_AreThoseOfTheCode(string combination)
    {
        var deployment = await Combinations.GetAsync(combination);

        var (transient, kept) = (deployment.Transient, deployment.Kept);
        Assert.Equal(
            Sorted([.. Service.TransientContainers, .. OfTheHost, "deployments", "deadletters"]), deployment.Names(Containers, transient));
        Assert.Equal(Service.KeptContainers, deployment.Names(Containers, kept));
        Assert.Equal(Service.Tables, deployment.Names(Tables, kept));
        Assert.Empty(deployment.Names(Tables, transient));
        Assert.Equal(
            Sorted([.. Service.Queues, .. Service.Queues.Select(q => $"{q}-poison"), .. QueuesOfTheHost]),
            deployment.Names(Queues, transient));
        Assert.Empty(deployment.Names(Queues, kept));
        Assert.Equal("percall", deployment.Settings["AzureFunctionsWebHost__hostid"]);
    }

    /// <summary>Each group can have as many instances as the setting allows, so their number is a factor of the highest cost.</summary>
    [Fact]
    public void Functions_ScaleInFewGroups() => Assert.Equal(
        ["blob", "http", "shards", "timer Upkeep", "work", "work-poison"], Sorted(Service.ScalingGroups));

    [Fact]
    public async Task Lifecycle_ExpiresUploadsAndResults_AndNothingThatChargesRestOn()
    {
        var deployment = await Combinations.GetAsync("functions open");
        JsonArray Rules(Resource account) =>
            deployment.OfType("Microsoft.Storage/storageAccounts/managementPolicies", account).Single()["policy"]!["rules"]!.AsArray();
        var (removing, forgetting) = (Rules(deployment.Transient), Rules(deployment.Kept));
        static string[] Prefixes(JsonArray rules, string what) =>
            [.. rules.Where(r => r!["definition"]!["actions"]![what] is not null).SelectMany(
                r => r!["definition"]!["filters"]!["prefixMatch"]!.AsArray()).Select(p => (string)p!).Order(StringComparer.Ordinal)];

        Assert.Equal(["deadletters/", "files/", "inbox/", "packages/", "results/"], Prefixes(removing, "baseBlob"));
        Assert.Empty(Prefixes(removing, "version"));
        Assert.Empty(Prefixes(forgetting, "baseBlob"));
        // What is only added to has no versions.
        Assert.Equal(Service.KeptContainers.Except(AppendOnly).Select(c => $"{c}/"), Prefixes(forgetting, "version"));
        // Azure takes no more in one rule.
        Assert.All(
            removing.Concat(forgetting), r => Assert.InRange(r!["definition"]!["filters"]!["prefixMatch"]!.AsArray().Count, 1, 10));
        // It is the service that removes them; the rule is for when that no longer runs.
        var kept = TimeSpan.Parse(deployment.Settings["PerCall__Batches__Kept"], System.Globalization.CultureInfo.InvariantCulture);
        var uploads = removing.Single(r => (string?)r!["name"] == "expire-uploads-and-results")!;
        Assert.Equal(kept.Days + 1, (int)uploads["definition"]!["actions"]!["baseBlob"]!["delete"]!["daysAfterModificationGreaterThan"]!);
        // These name customers' files, and nothing but their own rule removes them.
        Assert.Equal(["deadletters/"], Prefixes([removing.Single(r => r != uploads)!.DeepClone()], "baseBlob"));
        Assert.InRange(deployment.DeadLetterDays, 1, 7);
    }

    /// <summary>Parameters, and for how many days charges and the record of management can only grow by what this deployment writes.</summary>
    [Theory]
    [InlineData("prod.bicepparam", 365)]
    [InlineData("dev.bicepparam", null)]
    [InlineData("functions open locked", null)]
    public async Task ChargesAndRecordOfManagement_InProduction_CanOnlyGrow(string combination, int? days)
    {
        var deployment = await Combinations.GetAsync(combination);
        var policies = deployment.OfType($"{Containers}/immutabilityPolicies").ToList();

        Assert.Equal(
            days is null ? [] : AppendOnly.Select(c => $"{deployment.Kept.Name}/default/{c}/default"),
            Sorted(policies.Select(p => p.Name)));
        Assert.All(policies, policy =>
        {
            Assert.True((bool)policy["allowProtectedAppendWrites"]!);
            Assert.Equal(days, (int)policy["immutabilityPeriodSinceCreationInDays"]!);
        });
    }

    [Fact]
    public async Task Policies_AreNotLeftToAzureToFind()
    {
        // Azure answers with a policy of 0 days for a container that has none, and would never make one that is to be made only once.
        var record = (await Bicep.BuildAsync("modules/storage.bicep"))["resources"]!["record"]!;

        Assert.Null(record["@options"]);
    }

    [Fact]
    public async Task Geo_IsAParameterOfTheKeptAccountAlone()
    {
        var deployment = await Combinations.GetAsync("prod.bicepparam");
        static string? Sku(Resource account) => (string?)account.Json["sku"]!["name"];

        Assert.Equal(("Standard_ZRS", "Standard_GZRS"), (Sku(deployment.Transient), Sku(deployment.Kept)));
    }

    [Fact]
    public async Task Events_GoToTheFunctionThatTakesUploads()
    {
        var (function, trigger) = Assert.Single(Service.Triggers<BlobTriggerAttribute>());
        var deployment = await Bicep.PredictAsync(
            "inbox-events.bicep", "param appName = 'func-percall'\nparam topicName = 'evgt-percall'\nparam storageName = 'stpercall'");
        var subscription = deployment.Single("Microsoft.EventGrid/systemTopics/eventSubscriptions");
        var container = trigger.BlobPath.Split('/')[0];

        Assert.Equal(BlobTriggerSource.EventGrid, trigger.Source);
        Assert.Equal($"/blobServices/default/containers/{container}/blobs/", (string?)subscription["filter"]!["subjectBeginsWith"]);
        // An expression still: the function's name stands behind its text, and the key is read when it is deployed.
        var endpoint = (string)subscription["destination"]!["properties"]!["endpointUrl"]!;
        Assert.Contains("/runtime/webhooks/blobs?functionName=Host.Functions.{1}&code={2}", endpoint, StringComparison.Ordinal);
        Assert.Contains($"defaultHostName, '{function}', listKeys(", endpoint, StringComparison.Ordinal);
        Assert.Equal(
            "deadletters",
            (string?)subscription["deadLetterWithResourceIdentity"]!["deadLetterDestination"]!["properties"]!["blobContainerName"]);
    }

    [Fact]
    public async Task Events_OnContainerApps_GoIntoTheQueueThatStartsAReplica()
    {
        var deployment = await Combinations.GetAsync("containerapps open");
        var subscription = deployment.Single("Microsoft.EventGrid/systemTopics/eventSubscriptions");
        var (_, trigger) = Assert.Single(Service.Triggers<BlobTriggerAttribute>());
        var destination = subscription["deliveryWithResourceIdentity"]!["destination"]!;

        Assert.Equal("StorageQueue", (string?)destination["endpointType"]);
        Assert.Equal("azure-webjobs-blobtrigger-percall", (string?)destination["properties"]!["queueName"]);
        Assert.Equal(
            $"/blobServices/default/containers/{trigger.BlobPath.Split('/')[0]}/blobs/",
            (string?)subscription["filter"]!["subjectBeginsWith"]);
        Assert.Equal("SystemAssigned", (string?)subscription["deliveryWithResourceIdentity"]!["identity"]!["type"]);
        // On Functions it is a deployment of its own, after the code.
        Assert.Empty((await Combinations.GetAsync("functions open")).OfType("Microsoft.EventGrid/systemTopics/eventSubscriptions"));
        Assert.Equal("", (string?)deployment.Outputs["PERCALL_TOPIC"]);
    }

    [Fact]
    public async Task Scaling_OnContainerApps_LooksAtEveryQueue()
    {
        var scale = (await Combinations.GetAsync("containerapps open")).Single("Microsoft.App/containerApps")["template"]!["scale"]!;
        var rules = scale["rules"]!.AsArray().Where(r => (string?)r!["custom"]?["type"] == "azure-queue").ToList();

        Assert.Equal(0, (int)scale["minReplicas"]!);
        // An upload wakes the app within seconds; left out, it would be up to 30.
        Assert.Equal(10, (int)scale["pollingInterval"]!);
        // That of uploads is the host's, and filled by Event Grid.
        Assert.Equal(
            Sorted([.. Service.Queues, WorkQueue.Poison, "azure-webjobs-blobtrigger-percall"]),
            rules.Select(r => (string)r!["custom"]!["metadata"]!["queueName"]!).Order(StringComparer.Ordinal));
        Assert.All(rules, r => Assert.NotNull(r!["custom"]!["identity"]));
    }

    private static IEnumerable<string> Sorted(IEnumerable<string> names) => names.Order(StringComparer.Ordinal);
}
