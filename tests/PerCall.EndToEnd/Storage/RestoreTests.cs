using Azure.Data.Tables;
using Azure.Storage.Blobs;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.EndToEnd.Charging;
using PerCall.Testing;
using Xunit;

namespace PerCall.EndToEnd.Storage;

/// <summary>The loss of all tables of a service, and its return, with the processes that operators have.</summary>
public sealed class RestoreTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Processes", "several")]
    public async Task Restore_AfterTheLossOfAllTables_KeysAndSumsAreBackAndRevokedKeysStayRefused()
    {
        await using var own = new Service();
        await own.InitializeAsync();
        using var tenant = await TestTenant.CreateAsync(own);
        var (leaked, kept) = (
            await own.Operator.CreateOperatorKeyAsync(new("leaked", ["manage"]), Cancellation),
            await own.Operator.CreateOperatorKeyAsync(new("kept", ["read"]), Cancellation));
        var old = await own.Operator.CreateKeyAsync(new("old", ["call"]), tenant.Id, Cancellation);
        await ClassifyAsync(tenant.Client, calls: 3);
        await own.Process.StopAsync();

        // The first round of an instance takes the day's backup. One of the first instance may have been too early.
        var backups = new BlobContainerClient(own.Azurite.KeptConnectionString, "backups");
        await foreach (var blob in backups.GetBlobsAsync(cancellationToken: Cancellation))
        {
            await backups.DeleteBlobAsync(blob.Name, cancellationToken: Cancellation);
        }

        await using var second = await own.StartAnotherAsync(("PerCall__Backups__Hour", "0"), ("PerCall__Upkeep__Interval", "00:00:01"));
        await ClassifyAsync(tenant.ClientOf(second), calls: 2);
        await second.WaitForLineAsync(
            l => l.Contains("The backup", StringComparison.Ordinal) && l.Contains("is complete", StringComparison.Ordinal),
            "the backup is complete");
        var @operator = PerCallClient.Connect(second.Address, Service.OperatorKey);
        await @operator.RevokeOperatorKeyAsync(leaked.Id, Cancellation);
        await @operator.RevokeKeyAsync(old.Id, tenant.Id, Cancellation);
        var late = await @operator.CreateKeyAsync(new("late", ["call"]), tenant.Id, Cancellation);
        await ClassifyAsync(tenant.ClientOf(second), calls: 4);
        var usage = await UsageAsync(second, tenant);
        Assert.Equal(9, usage.Sum(u => u.Calls));
        await second.StopAsync();

        await LoseTablesAsync(own.Azurite.KeptConnectionString);
        await LoseTablesAsync(own.Azurite.ConnectionString);
        var (code, output, error) = await PerCallCommand.RunAsync(
            ("PerCallKeptStorage", own.Azurite.KeptConnectionString), ["restore"], Cancellation);
        Assert.True(code == 0, error);
        Assert.Contains($"operator {leaked.Id} revoked at ", output, StringComparison.Ordinal);

        await using var third = await own.StartAnotherAsync();
        await third.WaitForLineAsync(l => l.Contains("The restore of the backup", StringComparison.Ordinal), "the restore is complete");
        Assert.Equal(usage, await UsageAsync(third, tenant));
        Assert.Equal("kept", (await PerCallClient.Connect(third.Address, kept.Key).GetOperatorAsync(Cancellation)).Name);
        await RefusesAsync(() => PerCallClient.Connect(third.Address, leaked.Key).GetOperatorAsync(Cancellation));
        await RefusesAsync(() => ClassifyAsync(PerCallClient.Connect(third.Address, old.Key), calls: 1));
        // The backup does not have it, and the audit log has no secret.
        await RefusesAsync(() => ClassifyAsync(PerCallClient.Connect(third.Address, late.Key), calls: 1));
        await ClassifyAsync(tenant.ClientOf(third), calls: 1);
        Assert.Equal(usage.Sum(u => u.Charge) + (usage.Sum(u => u.Charge) / 9), (await UsageAsync(third, tenant)).Sum(u => u.Charge));
        var charges = await tenant.ChargesAsync(Cancellation);
        Assert.Equal((10, 10), (charges.Count, charges.DistinctBy(c => c.Id).Count()));
    }

    private static async Task ClassifyAsync(PerCallClient client, int calls)
    {
        for (var i = 0; i < calls; i++)
        {
            await client.ClassifyTextAsync(["a text"], "spam", 1, Cancellation);
        }
    }

    private static async Task<List<UsageLine>> UsageAsync(ServiceProcess instance, TestTenant tenant) =>
        [.. (await tenant.ClientOf(instance).GetUsageAsync(cancellation: Cancellation)).Data];

    private static async Task RefusesAsync(Func<Task> call) => Assert.Equal(
        System.Net.HttpStatusCode.Unauthorized, (await Assert.ThrowsAsync<PerCallException>(call)).Status);

    private static async Task LoseTablesAsync(string connection)
    {
        var tables = new TableServiceClient(connection);
        await foreach (var table in tables.QueryAsync(cancellationToken: Cancellation))
        {
            await tables.DeleteTableAsync(table.Name, Cancellation);
        }
    }
}
