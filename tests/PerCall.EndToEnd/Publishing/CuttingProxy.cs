using System.Net;
using System.Net.Sockets;

namespace PerCall.EndToEnd.Publishing;

/// <summary>Forwards connections to a server, and cuts the first ones after a number of bytes that the client has sent.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Queue<int> _cuts;
    private readonly Uri _target;
    private readonly Task _running;

    /// <param name="target">The server.</param>
    /// <param name="cuts">The bytes of each connection that is cut, in order. Later connections are not cut.</param>
    public CuttingProxy(Uri target, IEnumerable<int> cuts)
    {
        (_target, _cuts) = (target, new(cuts));
        _listener.Start();
        _running = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Connections that were cut.</summary>
    public int Cuts { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _running;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> connections = [];
        try
        {
            while (true)
            {
                connections.Add(ForwardAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ForwardAsync(TcpClient client)
    {
        int? cut = _cuts.TryDequeue(out var after) ? after : null;
        using var server = new TcpClient();
        using (client)
        {
            try
            {
                await server.ConnectAsync(_target.Host, _target.Port, _stop.Token);
                var answers = server.GetStream().CopyToAsync(client.GetStream(), _stop.Token);
                var buffer = new byte[16 << 10];
                int read;
                while ((read = await client.GetStream().ReadAsync(buffer, _stop.Token)) > 0)
                {
                    var sent = Math.Min(read, cut ?? read);
                    await server.GetStream().WriteAsync(buffer.AsMemory(0, sent), _stop.Token);
                    if ((cut -= sent) == 0)
                    {
                        Cuts++;
                        return;
                    }
                }

                server.Client.Shutdown(SocketShutdown.Send);
                await answers;
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                // One of the two has closed the connection.
            }
        }
    }
}
