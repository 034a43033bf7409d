using Microsoft.Azure.Functions.Worker;
using PerCall.Functions.Audit;
using Xunit;

namespace PerCall.Infrastructure.Tests;

/// <summary>The storage account has what the service and its functions name, and nothing that they do not.</summary>
public sealed class StorageTests
{
    private static readonly string[] OfTheHost = ["azure-webjobs-hosts", "azure-webjobs-secrets"];

    /// <summary>Its container of uploads to work on is named after the host id that the deployment sets.</summary>
    private static readonly string[] QueuesOfTheHost = ["azure-webjobs-blobtrigger-percall", "webjobs-blobtrigger-poison"];

    public static TheoryData<string> All => Combinations.All;

    [Fact]
    public void Service_SaysWhatItKeeps()
    {
        // The lists below are made of what it says; were it nothing, they would agree with anything.
        Assert.Contains("models", Service.Containers);
        Assert.Contains("usage", Service.Tables);
        Assert.Contains("shards", Service.Queues);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Containers_Queues_AndTables_AreThoseOfTheCode(string combination)
    {
        var deployment = await Combinations.GetAsync(combination);

        Assert.Equal(
            Sorted([.. Service.Containers, .. OfTheHost, "deployments", "deadletters"]),
            deployment.Names("Microsoft.Storage/storageAccounts/blobServices/containers"));
        Assert.Equal(Service.Tables, deployment.Names("Microsoft.Storage/storageAccounts/tableServices/tables"));
        Assert.Equal(
            Sorted([.. Service.Queues, .. Service.Queues.Select(q => $"{q}-poison"), .. QueuesOfTheHost]),
            deployment.Names("Microsoft.Storage/storageAccounts/queueServices/queues"));
        Assert.Equal("percall", deployment.Settings["AzureFunctionsWebHost__hostid"]);
    }

    [Fact]
    public async Task Lifecycle_ExpiresUploadsAndResults_AndNothingThatChargesRestOn()
    {
        var deployment = await Combinations.GetAsync("functions open");
        var rules = deployment.Single("Microsoft.Storage/storageAccounts/managementPolicies")["policy"]!["rules"]!.AsArray();
        string[] Prefixes(string what) =>
            [.. rules.Where(r => r!["definition"]!["actions"]![what] is not null).SelectMany(
                r => r!["definition"]!["filters"]!["prefixMatch"]!.AsArray()).Select(p => (string)p!).Order(StringComparer.Ordinal)];

        Assert.Equal(["deadletters/", "files/", "inbox/", "results/"], Prefixes("baseBlob"));
        Assert.Equal(
            deployment.Names("Microsoft.Storage/storageAccounts/blobServices/containers").Select(c => $"{c}/"), Prefixes("version"));
        // Azure takes no more in one rule.
        Assert.All(rules, r => Assert.InRange(r!["definition"]!["filters"]!["prefixMatch"]!.AsArray().Count, 1, 10));
        // It is the service that removes them; the rule is for when that no longer runs.
        var kept = TimeSpan.Parse(deployment.Settings["PerCall__Batches__Kept"], System.Globalization.CultureInfo.InvariantCulture);
        var uploads = rules.Single(r => (string?)r!["name"] == "expire-uploads-and-results")!;
        Assert.Equal(kept.Days + 1, (int)uploads["definition"]!["actions"]!["baseBlob"]!["delete"]!["daysAfterModificationGreaterThan"]!);
    }

    [Theory]
    [InlineData("prod.bicepparam", true)]
    [InlineData("dev.bicepparam", false)]
    public async Task RecordOfManagement_InProduction_CanOnlyGrow(string combination, bool isKept)
    {
        var policies = (await Combinations.GetAsync(combination)).OfType(
            "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies").ToList();

        if (!isKept)
        {
            Assert.Empty(policies);
            return;
        }

        var policy = Assert.Single(policies);
        Assert.EndsWith($"/default/{AuditLog.Container}/default", policy.Name, StringComparison.Ordinal);
        Assert.True((bool)policy["allowProtectedAppendWrites"]!);
        Assert.Equal(365, (int)policy["immutabilityPeriodSinceCreationInDays"]!);
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
        // That of uploads is the host's, and filled by Event Grid.
        Assert.Equal(
            Sorted([.. Service.Queues, "azure-webjobs-blobtrigger-percall"]),
            rules.Select(r => (string)r!["custom"]!["metadata"]!["queueName"]!).Order(StringComparer.Ordinal));
        Assert.All(rules, r => Assert.NotNull(r!["custom"]!["identity"]));
    }

    private static IEnumerable<string> Sorted(IEnumerable<string> names) => names.Order(StringComparer.Ordinal);
}
