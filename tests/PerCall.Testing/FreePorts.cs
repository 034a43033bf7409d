using System.Net;
using System.Net.Sockets;

namespace PerCall.Testing;

/// <summary>Ports that nothing listens on.</summary>
public static class FreePorts
{
    public static IReadOnlyList<int> Find(int count)
    {
        // All are held until all are known, so that they differ.
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        try
        {
            return [.. listeners.Select(Start)];
        }
        finally
        {
            listeners.ForEach(l => l.Dispose());
        }
    }

    /// <summary>The first of as many free ports in a row, from <paramref name="candidate"/> if those are.</summary>
    public static int FindRow(int count, int? candidate = null)
    {
        while (true)
        {
            var first = candidate ?? Find(1)[0];
            candidate = null;
            if (first + count <= ushort.MaxValue && Enumerable.Range(first, count).All(IsFree))
            {
                return first;
            }
        }
    }

    private static int Start(TcpListener listener)
    {
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
