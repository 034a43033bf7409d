using System.Net;
using Microsoft.Extensions.Hosting;

namespace PerCall.Functions.Webhooks.Sending;

/// <summary>Resolves the addresses of a host.</summary>
public delegate Task<IPAddress[]> ResolveHost(string host, CancellationToken cancellation);

/// <summary>
/// Decides where webhooks may be sent: with https, to the public internet. In development also to this machine, with http or https.
/// </summary>
public sealed class TargetRules(IHostEnvironment environment, ResolveHost resolve)
{
    /// <summary>One message for all reasons, so that it does not reveal which internal names exist and where.</summary>
    private const string NotPublic = "The host name must resolve to public IP addresses only.";

    private const int MaxLength = 2048;
    private const int LeastPort = 1024;

    /// <summary>Returns what is wrong with a URL, as far as that is visible without a name lookup; null: nothing.</summary>
    public string? FaultOf(string url)
    {
        if (url.Length > MaxLength)
        {
            return $"The address has {url.Length} characters; allowed: at most {MaxLength}.";
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out var target) || target.Scheme is not ("https" or "http") || target.Host.Length == 0)
        {
            return "The address is not an absolute https address.";
        }

        if (target.UserInfo.Length > 0)
        {
            return "The address contains a user name or password, which is not sent; verify requests by their signature.";
        }

        if (target.Fragment.Length > 0)
        {
            return "The address has a fragment ('#…'), which is not sent.";
        }

        var local = IsLocalName(target);
        // Lower ports belong to other services: mail, name servers, remote shells.
        if (!(local && environment.IsDevelopment()) && target.Port is not 443 and < LeastPort)
        {
            return $"The port is {target.Port}; allowed: 443, or {LeastPort} and above.";
        }

        if (target.Scheme == Uri.UriSchemeHttp && !(local && environment.IsDevelopment()))
        {
            return "The scheme is http; allowed: https.";
        }

        return local ? environment.IsDevelopment() ? null : "The host is this machine, not a host on the public internet."
            : Literal(target) is { } address && !PublicAddresses.Contains(address) ? "The host is not on the public internet."
            : null;
    }

    /// <summary>
    /// Returns the addresses to connect to, all of them allowed. Resolves once per attempt: the connection uses the addresses that were
    /// checked.
    /// </summary>
    /// <exception cref="TargetRefusedException">An address is not allowed, or the host has no address.</exception>
    public async Task<(Uri Target, IPAddress[] Addresses)> ResolveAsync(string url, CancellationToken cancellation)
    {
        if (FaultOf(url) is { } fault)
        {
            throw new TargetRefusedException(fault);
        }

        var target = new Uri(url);
        IPAddress[] addresses;
        try
        {
            addresses = Literal(target) is { } literal ? [literal] : await resolve(target.IdnHost, cancellation);
        }
        catch (System.Net.Sockets.SocketException)
        {
            throw new TargetRefusedException(NotPublic);
        }

        var plain = addresses.Select(PublicAddresses.Plain).ToArray();
        var local = IsLocalName(target);
        return plain.Length > 0 && plain.All(
            a =>
                local ? IPAddress.IsLoopback(a) : PublicAddresses.Contains(a)) ? (target,
                plain) : throw new TargetRefusedException(NotPublic);
    }

    private static bool IsLocalName(Uri target)
    {
        var host = target.IdnHost.TrimEnd('.');
        return target.IsLoopback
            || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            || (Literal(target) is { } address && IPAddress.IsLoopback(PublicAddresses.Plain(address)));
    }

    /// <summary>Parses a host that is an address, in any notation: resolvers accept more notations than are obvious.</summary>
    private static IPAddress? Literal(Uri target) => IPAddress.TryParse(target.IdnHost.TrimEnd('.'), out var address) ? address : null;
}

/// <summary>The target is not allowed, so no connection is made.</summary>
public sealed class TargetRefusedException(string message) : Exception(message);
