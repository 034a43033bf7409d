using PerCall.Client;
using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.EndToEnd.Storage;

/// <summary>The service on an account that a service was killed on, of an earlier version or of this one.</summary>
public sealed class OldFormatTests(Service service) : IAsyncLifetime
{
    private readonly AzuriteFixture _azurite = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _azurite.InitializeAsync();

    public ValueTask DisposeAsync() => _azurite.DisposeAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Start_AccountOfAFormat_HasEveryTenantKeyPlanAndSum(int number)
    {
        var format = StoredFormat.Open(number);
        await format.LoadAsync(_azurite.ConnectionString, Cancellation);

        await using var instance = await service.StartAnotherAsync(
            ("AzureWebJobsStorage", _azurite.ConnectionString), ("PerCallKeptStorage", null), ("PerCall__Models__Starters", null));
        var client = PerCallClient.Connect(instance.Address, Service.OperatorKey);

        var tenant = Assert.Single((await client.ListTenantsAsync(cancellation: Cancellation)).Data);
        Assert.Equal(("acme", format.Id("account"), "small", "active"), (tenant.Id, tenant.Account, tenant.Plan, tenant.Status));
        Assert.Equal(
            [("first", false), ("revoked", true)],
            (await client.ListKeysAsync("acme", cancellation: Cancellation)).Data
                .Select(k => (k.Name, k.RevokedAt is not null)).Order());
        Assert.Equal(2, (await client.GetPlanAsync("small", Cancellation)).Versions.Count);

        // The five calls of that time, and the two that nobody had counted. The plan includes two pictures. What is done with the open
        // work depends on how long ago that was; tests with a clock of their own end it.
        var day = DateOnly.FromDateTime(format.Killed.UtcDateTime);
        await Eventually.ComesToAsync(
            async () => (await client.GetTenantUsageAsync("acme", day.AddDays(-1), day, cancellation: Cancellation)).Data
                .Where(r => r.Unit == "image").Sum(r => r.Charge),
            sum => sum == 5 * 1700, "the charges of the format", instance);
        var key = await client.CreateKeyAsync(new("new", ["call"]), "acme", Cancellation);
        var batches = (await PerCallClient.Connect(instance.Address, key.Key).ListBatchesAsync(cancellation: Cancellation)).Data;
        Assert.Equal(("completed", 300), batches.Where(b => b.Id == format.Id("ended")).Select(b => (b.Status, b.Cost!.Charge)).Single());
    }
}
