using System.ComponentModel.DataAnnotations;

namespace PerCall.Functions.Requests;

/// <summary>Section <c>PerCall:Clients</c>.</summary>
public sealed class FailedKeyOptions
{
    public const string Section = "PerCall:Clients";

    /// <summary>
    /// Proxies in front of the service, each of which adds the address that called it to <c>X-Forwarded-For</c>: so many entries of its end
    /// are trusted, and the client's address is the first of these. 0: the connection's own address is.
    /// </summary>
    [Range(0, 10)]
    public int Proxies { get; set; }

    /// <summary>Keys of one client's address that are refused in a minute; those beyond are 429. A right key is never affected.</summary>
    [Range(1, 1_000_000)]
    public int FailedKeysPerMinute { get; set; } = 30;
}
