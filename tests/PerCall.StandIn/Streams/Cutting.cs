using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;

namespace PerCall.StandIn.Streams;

/// <summary>Ends a connection in the middle of an answer.</summary>
internal static class Cutting
{
    /// <summary>
    /// Closes the provider's side of the connection. A reset would discard what the client has not read yet, so that nobody knew how much
    /// was delivered.
    /// </summary>
    public static async Task CutAsync(this HttpContext context, Emission emission)
    {
        emission.Cut();
        context.Features.Get<IConnectionSocketFeature>()!.Socket.Shutdown(SocketShutdown.Send);
        try
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The client has closed its side.
        }

        context.Abort();
    }
}
