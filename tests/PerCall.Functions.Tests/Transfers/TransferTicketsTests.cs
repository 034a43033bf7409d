using PerCall.Functions.Requests;
using PerCall.Functions.Tests.Batches;
using PerCall.Functions.Transfers;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Transfers;

/// <summary>What an address of the service allows, on which instance, and until when.</summary>
[Collection(BatchQueues.Name)]
public sealed class TransferTicketsTests(AzuriteFixture azurite)
{
    private static readonly (string, string) Through = ("PerCall:Transfers:ThroughService", "true");

    [Fact]
    public async Task Open_OnInstancesThatStartedAtOnce_KnowsTheTicketsOfEach()
    {
        await using var first = await BatchInstance.CreateAsync(azurite, Through);
        await using var second = first.Beside(Through);
        await using var third = first.Beside(Through);
        TransferTickets[] all = [.. new[] { first, second, third }.Select(i => i.Get<TransferTickets>())];
        var expires = first.Time.GetUtcNow() + TimeSpan.FromHours(1);

        // Each makes a key, if it finds none.
        var sealedTickets = await Task.WhenAll(all.Select((t, i) => Task.Run(
            () => t.Seal(new("files", $"account/{i}", IsWrite: true, expires)))));

        for (var i = 0; i < all.Length; i++)
        {
            Assert.All(all, t => Assert.Equal($"account/{i}", t.Open(sealedTickets[i], isWrite: true).Blob));
        }
    }

    [Fact]
    public async Task Open_OfAnythingElse_IsRefused()
    {
        await using var instance = await BatchInstance.CreateAsync(azurite, Through);
        await using var open = instance.Beside();
        var tickets = instance.Get<TransferTickets>();
        var token = tickets.Seal(new("files", "account/1", IsWrite: true, instance.Time.GetUtcNow() + TimeSpan.FromHours(1)));

        Assert.Equal("invalid_address", CodeOf(() => tickets.Open(token, isWrite: false)));
        Assert.Equal("invalid_address", CodeOf(() => tickets.Open(token[..^8] + "AAAAAAAA", isWrite: true)));
        Assert.Equal("invalid_address", CodeOf(() => tickets.Open("no ticket", isWrite: true)));
        Assert.Equal("invalid_address", CodeOf(() => open.Get<TransferTickets>().Open(token, isWrite: true)));
        instance.Time.Set(instance.Time.GetUtcNow() + TimeSpan.FromHours(1));
        Assert.Equal("address_expired", CodeOf(() => tickets.Open(token, isWrite: true)));
    }

    private static string CodeOf(Func<TransferTicket> open) => Assert.Throws<RefusedException>(open).Code;
}
