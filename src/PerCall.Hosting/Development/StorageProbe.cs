using System.Net.Sockets;

namespace PerCall.Hosting.Development;

/// <summary>Determines what listens on a port of this machine.</summary>
internal static class StorageProbe
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(2);

    public static async Task<StorageProbeResult> ProbeAsync(AzuritePorts ports, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = Bound };
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, ports.BlobAddress + "?comp=list");
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);

            // Every response of blob storage has this header, including errors.
            return response.Headers.Contains("x-ms-request-id") ? StorageProbeResult.Storage : StorageProbeResult.SomethingElse;
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused })
        {
            return StorageProbeResult.Nothing;
        }
        catch (Exception e)
            when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return StorageProbeResult.SomethingElse;
        }
    }

    public static async Task<bool> IsTakenAsync(int port, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync("127.0.0.1", port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
