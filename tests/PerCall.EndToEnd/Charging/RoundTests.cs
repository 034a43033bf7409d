using Azure.Data.Tables;
using PerCall.Testing;
using Xunit;

namespace PerCall.EndToEnd.Charging;

/// <summary>On storage of its own, because its instance replaces the rounds of instances with the usual interval.</summary>
[Collection(Disturbances.Name)]
public sealed class RoundTests(DisturbedService service)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The timer comes each 15 minutes only.</summary>
    [Fact]
    public async Task Call_Charged_IsCountedByTheRoundThatItMakesDue()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        await using var instance = await service.StartAnotherAsync(("PerCall__Upkeep__Interval", "00:00:01"));
        using var http = TestTenant.Connect(instance.Address, tenant.Key.Key);
        using var content =
            new ByteArrayContent(await File.ReadAllBytesAsync(Service.Sample("digits", "digit-7.png"), Cancellation))
            {
                Headers = { ContentType = new("image/png") },
            };

        using var answer = await http.PostAsync(new Uri("v1/images/classify?model=digits", UriKind.Relative), content, Cancellation);

        Assert.True(answer.IsSuccessStatusCode);
        var usage = new TableClient(service.Azurite.KeptConnectionString, "usage");
        await Eventually.HoldsAsync(
            async () => await usage.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {tenant.Account} and RowKey ge {"u|"} and RowKey lt {"u}"}"),
                cancellationToken: Cancellation).AnyAsync(Cancellation),
            "a round has counted the call",
            instance);
    }
}
