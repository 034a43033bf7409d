using Azure.Storage.Blobs;
using PerCall.Functions.Batches.Uploads;
using PerCall.Functions.Metering.RollUp;
using PerCall.Functions.Predictions;
using PerCall.Functions.Tenancy;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Upkeep;

/// <summary>What a service without calls costs; the benchmark <c>idle-day</c> simulates a whole day.</summary>
public sealed class IdleTests : IAsyncLifetime
{
    /// <summary>Not long ago for storage, which has a clock of its own.</summary>
    private static readonly DateTimeOffset Start =
        new DateTimeOffset(TimeProvider.System.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero) + new TimeSpan(1, 10, 20, 0);

    // Its own: rounds visit the data of all tenants of a storage account.
    private readonly AzuriteFixture _azurite = new();

    public ValueTask InitializeAsync() => _azurite.InitializeAsync();

    public ValueTask DisposeAsync() => _azurite.DisposeAsync();

    [Fact]
    public async Task Pass_NothingOpenAndOldDataOfManyTenants_RunsFourFunctionsAnHourWithFewRequests()
    {
        await using var service = await SimulatedService.CreateAsync(_azurite.ConnectionString, Start);
        await AddOldDataAsync(service, tenants: 30);
        await service.PassAsync(TimeSpan.FromHours(1));
        var (executions, requests, blobs) = (service.Executions, service.Requests, service.Blobs.Requests);

        // Rounds at 11:30 and 11:45, between the hourly chores.
        await service.PassAsync(TimeSpan.FromMinutes(30));

        Assert.Equal(2, service.Executions - executions);
        Assert.InRange(service.Requests - requests, 2, 2 * 24);
        Assert.InRange(service.Blobs.Requests - blobs, 2, 2 * 24);
        await service.PassAsync(TimeSpan.FromHours(2.5));
        Assert.Equal(12, service.Executions - executions);
    }

    [Fact]
    public async Task Pass_AfterSomeCalls_CountsThemAMinuteLaterAndStops()
    {
        await using var service = await SimulatedService.CreateAsync(_azurite.ConnectionString, Start);

        await service.CallAsync("acc", calls: 3);
        Assert.Equal(0, service.Executions);
        await service.PassAsync(TimeSpan.FromSeconds(60));

        Assert.Equal(1, service.Executions);
        var usage = service.Get<UsageTable>();
        var day = DateOnly.FromDateTime(Start.UtcDateTime);
        Assert.Equal(3, Assert.Single(await usage.RowsAsync("acc", day, day.AddDays(1), default)).Calls);

        // One more round finds nothing new. Then only the timer's follow, at 10:30 and each 15 minutes.
        await service.PassAsync(TimeSpan.FromMinutes(5));
        Assert.Equal(2, service.Executions);
        await service.PassAsync(TimeSpan.FromHours(1));
        Assert.Equal(2 + 4, service.Executions);
    }

    /// <summary>Predictions that ended and uploads that started no batch, as they stay for a day and a month.</summary>
    private async Task AddOldDataAsync(SimulatedService service, int tenants)
    {
        var inbox = new BlobContainerClient(_azurite.ConnectionString, InboxPath.Container);
        for (var tenant = 0; tenant < tenants; tenant++)
        {
            var account = Ids.NewAccount();
            var row = new PredictionRow
            {
                PartitionKey = account,
                Id = $"prd_{tenant}",
                CreatedAt = Start,
                State = nameof(PredictionState.Succeeded),
            };
            Assert.True(await service.Get<PredictionStore>().Rows.TryAddAsync(row, [], default));
            await UploadAsync($"{account}/text-classification/spam/old.jsonl");
        }

        // Sweeps look at the files of the newest second again, so it is that of a single file.
        var (last, others) = ($"{Ids.NewAccount()}/text-classification/spam/last.jsonl", await UploadAsync("others"));
        await Eventually.HoldsAsync(async () => await UploadAsync(last) > others, "a file of a later second");

        async Task<DateTimeOffset> UploadAsync(string name) =>
            (await inbox.GetBlobClient(name).UploadAsync(BinaryData.FromString("{}"), overwrite: true)).Value.LastModified;
    }
}
