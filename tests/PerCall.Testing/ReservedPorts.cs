using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace PerCall.Testing;

/// <summary>
/// Ports in a row that nothing listens on, kept for one test until it ends. They lie below those that the system gives to outgoing
/// connections, and a fourth port, which is listened on, keeps others who choose ports this way off.
/// </summary>
public sealed class ReservedPorts : IDisposable
{
    private const int Row = 4;
    private const int Lowest = 20000;
    private const int Rows = 3000;

    private readonly TcpListener _guard;

    public ReservedPorts()
    {
        while (true)
        {
            First = Lowest + (Row * RandomNumberGenerator.GetInt32(Rows));
            if (TryListen(First + Row - 1) is not { } guard)
            {
                continue;
            }

            if (Enumerable.Range(First, Row - 1).All(IsFree))
            {
                _guard = guard;
                return;
            }

            guard.Dispose();
        }
    }

    /// <summary>The next two are reserved, too.</summary>
    public int First { get; }

    public void Dispose() => _guard.Dispose();

    private static bool IsFree(int port)
    {
        using var listener = TryListen(port);
        return listener is not null;
    }

    private static TcpListener? TryListen(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException)
        {
            listener.Dispose();
            return null;
        }
    }
}
