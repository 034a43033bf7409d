using System.ComponentModel.DataAnnotations;

namespace PerCall.Functions.Requests;

/// <summary>Section <c>PerCall:Clients</c>.</summary>
public sealed class FailedKeyOptions
{
    public const string Section = "PerCall:Clients";

    /// <summary>
    /// Number of proxies in front of the service. Each of them appends the address of its client to <c>X-Forwarded-For</c>. The service
    /// trusts this number of entries at the end; the first of these is the client's address. 0: the address of the connection.
    /// </summary>
    [Range(0, 10)]
    public int Proxies { get; set; }

    /// <summary>
    /// Maximum number of rejected keys per minute and client address. Further ones get status 429. A valid key is never affected.
    /// </summary>
    [Range(1, 1_000_000)]
    public int FailedKeysPerMinute { get; set; } = 30;
}
