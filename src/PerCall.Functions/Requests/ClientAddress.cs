using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace PerCall.Functions.Requests;

/// <summary>Determines the client's IP address, using only trusted information.</summary>
public static class ClientAddress
{
    private const string ForwardedFor = "X-Forwarded-For";
    private const int NetworkBytes = 8;

    /// <param name="request">The request.</param>
    /// <param name="proxies">See <see cref="FailedKeyOptions.Proxies"/>. Entries before those of the proxies can be forged.</param>
    public static IPAddress? Of(HttpRequest request, int proxies)
    {
        if (proxies > 0)
        {
            var entries = string.Join(',', request.Headers[ForwardedFor].ToArray())
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            // Some proxies add the port.
            if (entries.Length >= proxies && IPEndPoint.TryParse(entries[^proxies], out var client))
            {
                return client.Address;
            }
        }

        return request.HttpContext.Connection.RemoteIpAddress;
    }

    /// <summary>Maps all addresses that one client can choose among to one: for IPv6, the /64 network.</summary>
    public static IPAddress NetworkOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(NetworkBytes).Clear();
        return new(bytes);
    }
}
