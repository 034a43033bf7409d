using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using PerCall.Hosting.Configuration;
using Xunit;

namespace PerCall.Hosting.Tests.Configuration;

/// <summary>A storage that never answers the first request, as after a connection that was lost without a word.</summary>
public sealed class AnswerTimeoutTests
{
    /// <summary>The client of storage would ask again after 100 seconds by itself.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(70);

    private static readonly byte[] Found = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nx-ms-request-id: 1\r\n\r\n"u8.ToArray();

    [Theory]
    [InlineData("queue")]
    [InlineData("host container")]
    public async Task Request_IsNeverAnswered_IsMadeAnew(string what)
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var address = $"http://{server.LocalEndpoint}/a";
        var options = new HostingOptions { AnswerTimeout = TimeSpan.FromSeconds(1) };
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(
            StorageConnections.HostConnection,
            $"DefaultEndpointsProtocol=http;AccountName=a;AccountKey=AAAA;BlobEndpoint={address};QueueEndpoint={address};")]).Build();
        var connections = new StorageConnections(configuration, options);

        Task<bool> asking = what == "queue"
            ? ExistsAsync(async () => await connections.Queues(null).GetQueueClient("q").ExistsAsync())
            : ExistsAsync(async () => await new HostStorage(connections, new HostIdentity("t"), options).Container.ExistsAsync());
        using var silent = await server.AcceptTcpClientAsync().WaitAsync(Patience, TimeProvider.System);
        using var second = await server.AcceptTcpClientAsync().WaitAsync(Patience, TimeProvider.System);
        await second.GetStream().ReadExactlyAsync(new byte[1]);
        await second.GetStream().WriteAsync(Found);

        Assert.True(await asking.WaitAsync(Patience, TimeProvider.System));
    }

    private static async Task<bool> ExistsAsync(Func<Task<bool>> ask) => await ask();
}
