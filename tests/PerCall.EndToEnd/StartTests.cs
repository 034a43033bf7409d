using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Azure.Storage.Sas;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.EndToEnd;

/// <summary>A start that cannot be, said in sentences; and one that can be in part.</summary>
public sealed class StartTests(Service service)
{
    [Fact]
    public async Task Start_SettingsOutOfTheirRanges_AreAllNamed()
    {
        using var folder = new TemporaryFolder();
        await using var process = ServiceProcess.Start(Repository.Published, folder.Path, new Dictionary<string, string?>
        {
            ["AzureWebJobsStorage"] = service.Azurite.ConnectionString,
            ["PERCALL_ADMIN_KEY"] = "short",
            ["PerCall__Images__MaxBytes"] = "1",
            ["PerCall__Models__Threads"] = "1000",
        });

        Assert.Equal(1, await process.WaitForExitAsync());
        var faults = process.Lines.Where(l => l.StartsWith("error: ", StringComparison.Ordinal)).ToList();
        Assert.Contains(faults, f => f.Contains("PERCALL_ADMIN_KEY is too short", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Contains("MaxBytes", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Contains("Threads", StringComparison.Ordinal));
        Assert.DoesNotContain(process.Lines, l => l.TrimStart().StartsWith("at ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_AccountThatLetsInToBlobsAlone_NamesEachRoleAndEndsWithAFault()
    {
        using var folder = new TemporaryFolder();
        var blobs = new BlobServiceClient(service.Azurite.ConnectionString);
        var signature = blobs.GenerateAccountSasUri(
            AccountSasPermissions.All, TimeProvider.System.GetUtcNow().AddMinutes(5), AccountSasResourceTypes.All).Query.TrimStart('?');
        var connection = string.Join(
            ';', service.Azurite.ConnectionString.Split(';').Where(
                p => p.Contains("Endpoint=", StringComparison.Ordinal)).Append($"SharedAccessSignature={signature}"));
        await using var process = ServiceProcess.Start(
            Repository.Published, folder.Path, new Dictionary<string, string?> { ["AzureWebJobsStorage"] = connection });

        Assert.Equal(1, await process.WaitForExitAsync());
        var faults = process.Lines.Where(l => l.StartsWith("error: ", StringComparison.Ordinal)).ToList();
        Assert.Contains(
            faults, f =>
                f.Contains("The table 'jobs' ", StringComparison.Ordinal) && f.Contains(
                    "'Storage Table Data Contributor' on the storage account", StringComparison.Ordinal));
        Assert.Contains(
            faults, f =>
                f.Contains("The queue 'shards' ", StringComparison.Ordinal) && f.Contains(
                    "'Storage Queue Data Contributor' on the storage account", StringComparison.Ordinal));
        Assert.DoesNotContain(process.Lines, l => l.TrimStart().StartsWith("at ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_ConnectionStringThatIsNone_IsNamedAndNotTold()
    {
        using var folder = new TemporaryFolder();
        await using var process = ServiceProcess.Start(
            Repository.Published, folder.Path,
            new Dictionary<string, string?> { ["AzureWebJobsStorage"] = "AccountName=percall;;AccountKey=c2VjcmV0LTQ0NDA=" });

        Assert.Equal(1, await process.WaitForExitAsync());
        Assert.Contains(
            process.Lines, l =>
                l.StartsWith("error: ", StringComparison.Ordinal) && l.Contains("AzureWebJobsStorage", StringComparison.Ordinal));
        Assert.DoesNotContain(
            process.Lines, l =>
                l.TrimStart().StartsWith("at ", StringComparison.Ordinal) || l.Contains("c2VjcmV0LTQ0NDA", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_WithTwoAccounts_MakesInEachWhatIsDeclaredForIt()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Task<List<string>> ContainersAsync(string account) => new BlobServiceClient(account)
            .GetBlobContainersAsync(cancellationToken: cancellation).Select(c => c.Name).ToListAsync(cancellation).AsTask();
        var (transient, kept) = (service.Azurite.ConnectionString, service.Azurite.KeptConnectionString);

        // The first account may have more: other tests start services on it that have no second one.
        Assert.Equal(["audit", "backups", "exports", "models", "usage"], await ContainersAsync(kept));
        Assert.Contains("files", await ContainersAsync(transient));
        Assert.Empty(await new QueueServiceClient(kept).GetQueuesAsync(cancellationToken: cancellation).ToListAsync(cancellation));
        Assert.NotEmpty(await new TableServiceClient(kept).QueryAsync(cancellationToken: cancellation).ToListAsync(cancellation));
    }

    [Theory]
    [InlineData("usage")]
    [InlineData("audit")]
    public async Task Container_OfChargesOrRecords_TakesNothingButAppends(string name)
    {
        // As Azure's policy has it, under which all tests of this service run.
        var cancellation = TestContext.Current.CancellationToken;
        await service.Client.ClassifyTextAsync(["x"], "spam", 1, cancellation);
        var container = new BlobContainerClient(service.Azurite.KeptConnectionString, name);
        var blob = container.GetBlobClient((await container.GetBlobsAsync(cancellationToken: cancellation).FirstAsync(cancellation)).Name);

        foreach (var change in (Func<Task>[])
        [
            () => blob.DeleteAsync(cancellationToken: cancellation),
            () => blob.UploadAsync(BinaryData.FromString("x"), overwrite: true, cancellation),
            () => blob.SetMetadataAsync(new Dictionary<string, string> { ["x"] = "y" }, cancellationToken: cancellation),
        ])
        {
            var refused = await Assert.ThrowsAsync<RequestFailedException>(change);
            Assert.Equal((409, "BlobImmutableDueToPolicy"), (refused.Status, refused.ErrorCode));
        }
    }

    [Fact]
    public async Task Start_StarterThatIsRefused_LeavesTheOthers()
    {
        using var models = new TemporaryFolder();
        var digits = Path.Combine(Repository.Models, "digits", "1");
        PackageBuilder.FromFolder(digits).With("name", "starter-bad").Add("labels.txt", "one").WriteTo(models.Path);
        PackageBuilder.FromFolder(digits).With("name", "starter-good").WriteTo(models.Path);

        await using var process = await service.StartAnotherAsync(("PerCall__Models__Starters", models.Path));

        await process.WaitForLineAsync(
            l => l.Contains("Refused to publish starter-bad/1. labels.txt: has 1 labels", StringComparison.Ordinal));
        var names = (await service.Client.ListModelsAsync(TestContext.Current.CancellationToken)).Data.Select(m => m.Id).ToList();
        Assert.Contains("starter-good", names);
        Assert.DoesNotContain("starter-bad", names);

        // What the operator removes does not come back.
        await service.Operator.UnsetAliasAsync("starter-good", "production", TestContext.Current.CancellationToken);
        await service.Operator.DeleteModelAsync("starter-good", TestContext.Current.CancellationToken);
        await using var next = await service.StartAnotherAsync(("PerCall__Models__Starters", models.Path));
        await next.WaitForLineAsync(l => l.Contains("Refused to publish starter-bad/1", StringComparison.Ordinal));
        Assert.DoesNotContain(
            (await service.Client.ListModelsAsync(TestContext.Current.CancellationToken)).Data, m => m.Id == "starter-good");
    }
}
