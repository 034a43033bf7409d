using System.Net;
using Microsoft.Extensions.Hosting;

namespace PerCall.Functions.Webhooks.Sending;

/// <summary>Finds the addresses of a host.</summary>
public delegate Task<IPAddress[]> ResolveHost(string host, CancellationToken cancellation);

/// <summary>
/// Where webhooks may go: https, to the public internet. In development also to this machine, and to that with http, too.
/// </summary>
public sealed class TargetRules(IHostEnvironment environment, ResolveHost resolve)
{
    /// <summary>One sentence for all reasons, so that nobody learns from it what names there are inside, and where.</summary>
    private const string NotPublic = "The host name must resolve to public IP addresses only.";

    private const int MaxLength = 2048;
    private const int LeastPort = 1024;

    /// <summary>What is wrong with an address, as far as it can be seen without asking for its name; null: nothing.</summary>
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
        // Below are ports of services that are not for the web: mail, name servers, remote shells.
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
    /// The addresses to connect to, each of them allowed. Asked for once for each attempt: what was checked is what is connected to.
    /// </summary>
    /// <exception cref="TargetRefusedException">One of them is not, or there is none.</exception>
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

    /// <summary>The address that the host is, in whatever notation: resolvers read more of them than are seen at a glance.</summary>
    private static IPAddress? Literal(Uri target) => IPAddress.TryParse(target.IdnHost.TrimEnd('.'), out var address) ? address : null;
}

/// <summary>No connection is made to the target.</summary>
public sealed class TargetRefusedException(string message) : Exception(message);
