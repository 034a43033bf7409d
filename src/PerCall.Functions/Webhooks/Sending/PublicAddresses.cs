using System.Net;
using System.Net.Sockets;

namespace PerCall.Functions.Webhooks.Sending;

/// <summary>
/// Decides whether an address is on the public internet, by IANA's registries of special-purpose addresses. IPv6 addresses that embed an
/// IPv4 address (NAT64, 6to4, Teredo) are refused, whatever they embed. An IPv4-mapped address counts as its IPv4 address.
/// </summary>
public static class PublicAddresses
{
    private static readonly IPNetwork[] SpecialV4 =
    [
        IPNetwork.Parse("0.0.0.0/8"), // this host
        IPNetwork.Parse("10.0.0.0/8"), // private
        IPNetwork.Parse("100.64.0.0/10"), // carrier-grade NAT
        IPNetwork.Parse("127.0.0.0/8"), // loopback
        IPNetwork.Parse("168.63.129.16/32"), // Azure platform services
        IPNetwork.Parse("169.254.0.0/16"), // link-local, including cloud metadata
        IPNetwork.Parse("172.16.0.0/12"), // private
        IPNetwork.Parse("192.0.0.0/24"), // protocol assignments
        IPNetwork.Parse("192.0.2.0/24"), // documentation
        IPNetwork.Parse("192.88.99.0/24"), // 6to4 relays
        IPNetwork.Parse("192.168.0.0/16"), // private
        IPNetwork.Parse("198.18.0.0/15"), // benchmarks
        IPNetwork.Parse("198.51.100.0/24"), // documentation
        IPNetwork.Parse("203.0.113.0/24"), // documentation
        IPNetwork.Parse("224.0.0.0/4"), // multicast
        IPNetwork.Parse("240.0.0.0/4"), // reserved, including broadcast
    ];

    /// <summary>
    /// All routed addresses. Ranges outside it (loopback, unique-local, link-local, multicast, NAT64 …) need not be listed.
    /// </summary>
    private static readonly IPNetwork GlobalV6 = IPNetwork.Parse("2000::/3");

    private static readonly IPNetwork[] SpecialV6 =
    [
        IPNetwork.Parse("2001::/23"), // protocol assignments, including Teredo
        IPNetwork.Parse("2001:db8::/32"), // documentation
        IPNetwork.Parse("2002::/16"), // 6to4
        IPNetwork.Parse("3fff::/20"), // documentation
    ];

    public static bool Contains(IPAddress address) => Plain(address) is { AddressFamily: AddressFamily.InterNetwork } v4
        ? !SpecialV4.Any(n => n.Contains(v4))
        : GlobalV6.Contains(address) && !SpecialV6.Any(n => n.Contains(address));

    /// <summary>Converts an IPv4-mapped address to its IPv4 address; returns any other address unchanged.</summary>
    public static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
