using Azure.Storage.Blobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using PerCall.Functions.Requests;
using PerCall.Functions.Storage;
using PerCall.Functions.Tests.Batches;
using PerCall.Functions.Transfers;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Transfers;

/// <summary>What an address of the service allows, on which instance, and until when.</summary>
[Collection(BatchQueues.Name)]
public sealed class TransferTicketsTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly List<IHost> _hosts = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var container = new BlobContainerClient(azurite.ConnectionString, TicketKeys.Container);
        await container.CreateIfNotExistsAsync(cancellationToken: Cancellation);
        await foreach (var blob in container.GetBlobsAsync(cancellationToken: Cancellation))
        {
            await container.DeleteBlobAsync(blob.Name, cancellationToken: Cancellation);
        }
    }

    public ValueTask DisposeAsync()
    {
        _hosts.ForEach(h => h.Dispose());
        return default;
    }

    [Fact]
    public async Task Open_OnInstancesThatStartedAtOnce_KnowsTheTicketsOfEach()
    {
        TransferTickets[] all = [Instance(), Instance(), Instance()];
        var expires = _time.GetUtcNow() + TimeSpan.FromHours(1);

        // Each makes a key if it finds none.
        var tokens = await Task.WhenAll(all.Select((t, i) => Task.Run(
            () => t.Seal(new("files", $"account/{i}", IsWrite: true, expires)), Cancellation)));

        for (var i = 0; i < all.Length; i++)
        {
            Assert.All(all, t => Assert.Equal($"account/{i}", t.Open(tokens[i], isWrite: true).Blob));
        }
    }

    [Fact]
    public void Open_OfAnythingElse_IsRefused()
    {
        var tickets = Instance();
        var token = tickets.Seal(new("files", "account/1", IsWrite: true, _time.GetUtcNow() + TimeSpan.FromHours(1)));

        Assert.Equal("invalid_address", CodeOf(() => tickets.Open(token, isWrite: false)));
        Assert.Equal("invalid_address", CodeOf(() => tickets.Open(token[..^8] + "AAAAAAAA", isWrite: true)));
        Assert.Equal("invalid_address", CodeOf(() => tickets.Open("no ticket", isWrite: true)));
        Assert.Equal("invalid_address", CodeOf(() => Instance(throughService: false).Open(token, isWrite: true)));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal("address_expired", CodeOf(() => tickets.Open(token, isWrite: true)));
    }

    private static string CodeOf(Func<TransferTicket> open) => Assert.Throws<RefusedException>(open).Code;

    private TransferTickets Instance(bool throughService = true)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration["PerCall:Transfers:ThroughService"] = $"{throughService}";
        var account = new BlobServiceClient(azurite.ConnectionString);
        builder.Services.AddSingleton(s => new BlobContainers(account, account, s.GetServices<RequiredContainer>()));
        builder.Services.AddSingleton<TimeProvider>(_time);
        builder.AddTransfers(hostBytes: null);
        _hosts.Add(builder.Build());
        return _hosts[^1].Services.GetRequiredService<TransferTickets>();
    }
}
