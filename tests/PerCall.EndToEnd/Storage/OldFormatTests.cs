using PerCall.Client;
using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.EndToEnd.Storage;

/// <summary>The service on an account that an earlier version left.</summary>
public sealed class OldFormatTests(Service service) : IAsyncLifetime
{
    private readonly AzuriteFixture _azurite = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _azurite.InitializeAsync();

    public ValueTask DisposeAsync() => _azurite.DisposeAsync();

    [Fact]
    public async Task Start_AccountOfFormat0_HasEveryTenantKeyPlanAndSum()
    {
        await new StoredFormat(0).LoadAsync(_azurite.ConnectionString, Cancellation);

        await using var instance = await service.StartAnotherAsync(
            ("AzureWebJobsStorage", _azurite.ConnectionString), ("PerCallKeptStorage", null), ("PerCall__Models__Starters", null));
        var client = PerCallClient.Connect(instance.Address, Service.OperatorKey);

        var tenant = Assert.Single((await client.ListTenantsAsync(cancellation: Cancellation)).Data);
        Assert.Equal(("acme", "acc_blhqeg5rfjgxkloxzptw", "small", "active"), (tenant.Id, tenant.Account, tenant.Plan, tenant.Status));
        Assert.Equal(
            [("first", false), ("revoked", true)],
            (await client.ListKeysAsync("acme", cancellation: Cancellation)).Data
                .Select(k => (k.Name, k.RevokedAt is not null)).Order());
        Assert.Equal(2, (await client.GetPlanAsync("small", Cancellation)).Versions.Count);

        // The sums of that time, the two calls that nobody had counted, and the batch.
        await Eventually.ComesToAsync(
            async () => (await client.GetTenantUsageAsync(
                "acme", new(2026, 11, 1), new(2026, 11, 30), cancellation: Cancellation)).Data.Sum(r => r.Charge),
            sum => sum == 10_500, "the charges of format 0", instance);
        var key = await client.CreateKeyAsync(new("new", ["call"]), "acme", Cancellation);
        var batches = (await PerCallClient.Connect(instance.Address, key.Key).ListBatchesAsync(cancellation: Cancellation)).Data;
        Assert.Contains(batches, b => b.Id == "batch_e5dd6d7a41b3c87895592b1e997" && b.Status == "completed");
    }
}
