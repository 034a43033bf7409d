using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace PerCall.Hosting.Configuration;

/// <summary>The name under which all instances of one application keep their state in storage.</summary>
internal sealed partial record HostIdentity(string Id)
{
    /// <summary>The limit of the Functions host.</summary>
    private const int MaxLength = 32;

    /// <summary>
    /// Reads the setting <c>AzureFunctionsWebHost__hostid</c>, or else the entry assembly's name, and converts it to a valid queue and blob
    /// name.
    /// </summary>
    public static HostIdentity Read(IConfiguration configuration)
    {
        var name = configuration["AzureFunctionsWebHost:hostid"] ?? Assembly.GetEntryAssembly()?.GetName().Name ?? "host";
        var id = NotAllowed().Replace(name.ToLowerInvariant(), "-").Trim('-');
        return new HostIdentity(id.Length > MaxLength ? id[..MaxLength].TrimEnd('-') : id);
    }

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NotAllowed();
}
