using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using PerCall.Functions.Storage;
using PerCall.Functions.Transfers;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Storage;

/// <summary>Which of two accounts a client is of.</summary>
public sealed class BlobContainersTests(AzuriteFixture azurite)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Container_OfEachDeclaration_IsInItsAccount()
    {
        var containers = Containers(new("files", Kept: false), new("models", Kept: true), new("models", Kept: true));

        Assert.Equal((azurite.Account, $"{azurite.Account}kept"), (containers["files"].AccountName, containers["models"].AccountName));
        Assert.False(containers.AreInOneAccount);
        Assert.Throws<InvalidOperationException>(() => containers["unknown"]);
        Assert.Throws<ArgumentException>(() => Containers(new("models", Kept: true), new("models", Kept: false)));
    }

    [Fact]
    public async Task Address_OfAKeptBlob_IsRefused()
    {
        var containers = Containers(new("files", Kept: false), new("models", Kept: true));
        var addresses = new Addresses(
            containers, new(null, TimeProvider.System), Options.Create(new TransferOptions()), TimeProvider.System);
        Task WriteAsync(string container) => addresses.ForWritingAsync(
            new("https://percall.example/"), containers[container].GetBlockBlobClient("x"), TimeSpan.FromMinutes(1), Cancellation);

        await WriteAsync("files");
        await Assert.ThrowsAsync<InvalidOperationException>(() => WriteAsync("models"));
    }

    [Fact]
    public async Task Layout_OfTwoAccounts_NamesTheAccountOfEachFault()
    {
        var name = $"layout{Guid.NewGuid():n}";
        RequiredContainer[] required = [new(name, Kept: false), new($"{name}kept", Kept: true)];
        var layout = new StorageLayout(
            new(azurite.KeptConnectionString), Containers(required), new(azurite.ConnectionString),
            [new(name, TableBackupRule.All)], required, [new(name)],
            Options.Create(new StorageOptions { Create = false }));

        var fault = await Assert.ThrowsAsync<OptionsValidationException>(() => layout.StartAsync(Cancellation));

        Assert.Equal(
            [
                $"The container '{name}' in storage account {azurite.Account} ",
                $"The container '{name}kept' in storage account {azurite.Account}kept ",
                $"The queue '{name}' in storage account {azurite.Account} ",
                $"The table '{name}' in storage account {azurite.Account}kept ",
            ],
            fault.Failures.Select(f => f.Split("is missing")[0]));
    }

    [Theory]
    [InlineData("https://one.blob.core.windows.net/", "https://one.table.core.windows.net/", "AzureWebJobsStorage:accountName=one")]
    [InlineData(
        "https://two.blob.core.windows.net/", "https://two.table.core.windows.net/", "AzureWebJobsStorage:accountName=one",
        "PerCallKeptStorage:accountName=two")]
    [InlineData(
        "https://b.example/", "https://t.example/", "AzureWebJobsStorage:accountName=one",
        "PerCallKeptStorage:blobServiceUri=https://b.example", "PerCallKeptStorage:tableServiceUri=https://t.example",
        "PerCallKeptStorage:credential=managedidentity")]
    public void Settings_OfTheKeptAccount_TakeTheHostsForms(string blobs, string tables, params string[] settings)
    {
        var configuration = Configuration(settings);

        Assert.Equal(blobs, StorageServices.CreateBlobs(configuration, kept: true).Uri.AbsoluteUri);
        Assert.Equal(tables, StorageServices.CreateTables(configuration).Uri.AbsoluteUri);
        Assert.Equal("https://one.blob.core.windows.net/", StorageServices.CreateBlobs(configuration, kept: false).Uri.AbsoluteUri);
        Assert.Equal("https://one.queue.core.windows.net/", StorageServices.CreateQueues(configuration).Uri.AbsoluteUri);
    }

    [Theory]
    [InlineData("PerCallKeptStorage=AccountName=percall;;AccountKey=c2VjcmV0", "PerCallKeptStorage is not a valid connection string")]
    [InlineData("PerCallKeptStorage:blobServiceUri=https://b.example", "set PerCallKeptStorage (a connection string)")]
    public void Settings_OfTheKeptAccountThatAreIncomplete_AreNamed(string setting, string fault)
    {
        var refused = Assert.Throws<OptionsValidationException>(
            () => StorageServices.CreateTables(Configuration("AzureWebJobsStorage:accountName=one", setting)));

        Assert.Contains(fault, Assert.Single(refused.Failures), StringComparison.Ordinal);
    }

    private static IConfiguration Configuration(params string[] settings) => new ConfigurationBuilder().AddInMemoryCollection(
        settings.Select(s => s.Split('=', 2)).Select(s => KeyValuePair.Create(s[0], (string?)s[1]))).Build();

    private BlobContainers Containers(params RequiredContainer[] required) =>
        new(new BlobServiceClient(azurite.ConnectionString), new BlobServiceClient(azurite.KeptConnectionString), required);
}
